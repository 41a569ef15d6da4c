/* sim/network/trouble.c -- cuts, clogs, degraded links and pauses, and what they hold back.
 *
 * Most pairs are sound. What is wrong is kept in a table by ordered pair, and a bit beside the pair
 * (or the client) says whether looking there is worth while. A site's clients, present and future,
 * are one entry under a number of their own.
 *
 * What a cut swallows of a connection is its stream's business (stream.c). All else that cannot
 * pass is parked, with the instant it was first sent; when the trouble ends, it is sent again as
 * TCP would, at the next instant of its back-off. What only waited for a clog goes on at once, in
 * its order. */
#include "sim/network/stream.h"

#define NOT_CLOGGED INT64_MIN
#define SITE_BITS 0xc0000000u /* all clients of a site; no client's number reaches so far */

static SimEndpoint site_clients(uint32_t site)
{
    return SITE_BITS | site;
}

static uint64_t pair_key(SimEndpoint from, SimEndpoint to)
{
    return (uint64_t)from << 32 | to;
}

/* --- the table ------------------------------------------------------------------------------- */

static SimTrouble *find_entry(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    uint64_t key = pair_key(from, to);
    return g_hash_table_lookup(network->troubles, &key);
}

static bool is_site(SimEndpoint endpoint)
{
    return endpoint >= SITE_BITS;
}

static void mark(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    if (is_site(from) || is_site(to)) {
        network->n_site_cuts++;
    } else if (sim_net_both_nodes(from, to)) {
        sim_net_pair(network, from, to)->troubled = true;
    } else {
        sim_net_endpoint(network, sim_endpoint_is_client(from) ? from : to)->troubled = true;
    }
}

static SimTrouble *get_entry(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    SimTrouble *trouble = find_entry(network, from, to);
    if (trouble != NULL) {
        return trouble;
    }
    trouble = g_new0(SimTrouble, 1);
    trouble->key = pair_key(from, to);
    trouble->clogged_until_us = NOT_CLOGGED;
    g_hash_table_insert(network->troubles, trouble, trouble);
    network->n_troubles++;
    mark(network, from, to);
    return trouble;
}

/* A client's bit stays set, as it may stand for other entries; a bit without one costs a look-up.
 */
static void remove_entry(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    uint64_t key = pair_key(from, to);
    if (!g_hash_table_remove(network->troubles, &key)) {
        return;
    }
    network->n_troubles--;
    if (is_site(from) || is_site(to)) {
        network->n_site_cuts--;
    } else if (sim_net_both_nodes(from, to)) {
        sim_net_pair(network, from, to)->troubled = false;
    }
}

const SimTrouble *sim_net_trouble(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return find_entry(network, from, to);
}

static const SimTrouble *site_trouble(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    if (network->n_site_cuts == 0) {
        return NULL;
    }
    if (sim_endpoint_is_client(from)) {
        return find_entry(network, site_clients(sim_net_endpoint(network, from)->site), to);
    }
    if (sim_endpoint_is_client(to)) {
        return find_entry(network, from, site_clients(sim_net_endpoint(network, to)->site));
    }
    return NULL;
}

SimCut sim_network_is_cut(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    if (!sim_net_is_troubled(network, from, to)) {
        return SIM_CUT_NONE;
    }
    const SimTrouble *own = find_entry(network, from, to);
    const SimTrouble *site = site_trouble(network, from, to);
    return (SimCut)((own != NULL ? own->cut : 0) | (site != NULL ? site->cut : 0));
}

bool sim_network_is_black_hole(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return (sim_network_is_cut(network, from, to) & SIM_CUT_PACKETS) ||
           (sim_network_is_cut(network, to, from) & SIM_CUT_PACKETS);
}

bool sim_network_can_call(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return sim_network_is_cut(network, from, to) == SIM_CUT_NONE &&
           !(sim_network_is_cut(network, to, from) & SIM_CUT_PACKETS);
}

bool sim_network_is_troubled(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    const SimTrouble *trouble = find_entry(network, from, to);
    return trouble != NULL && (trouble->cut != SIM_CUT_NONE || trouble->degraded);
}

bool sim_network_site_is_troubled(const SimNetwork *network, uint32_t site, SimEndpoint node,
                                  bool to_node)
{
    SimEndpoint clients = site_clients(site);
    return sim_network_is_troubled(network, to_node ? clients : node, to_node ? node : clients);
}

static bool is_clogged(const SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to)
{
    const SimTrouble *trouble = find_entry(network, from, to);
    return trouble != NULL && trouble->clogged_until_us > now_us;
}

/* --- holding back ---------------------------------------------------------------------------- */

void sim_net_park(SimNetwork *network, SimEndpoint from, SimEndpoint to, int64_t sent_us,
                  uint64_t payload, bool clogged)
{
    SimParked parked = {
        .payload = payload, .from = from, .to = to, .sent_us = sent_us, .clogged = clogged
    };
    g_array_append_val(network->parked, parked);
}

bool sim_net_hold_if_paused(SimNetwork *network, SimEndpoint endpoint, uint64_t payload)
{
    SimNetEndpoint *party = sim_net_endpoint(network, endpoint);
    if (!party->paused) {
        return false;
    }
    if (party->held == NULL) {
        party->held = g_array_new(false, false, sizeof(uint64_t));
    }
    g_array_append_val(party->held, payload);
    return true;
}

bool sim_net_held_back(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                       int64_t sent_us, uint64_t payload)
{
    if (sim_net_waits_behind(network, now_us, from, to, sent_us, payload, true)) {
        return true;
    }
    if (sim_net_is_troubled(network, from, to)) {
        bool cut = sim_network_is_cut(network, from, to) & SIM_CUT_PACKETS;
        if (cut || is_clogged(network, now_us, from, to)) {
            sim_net_note_packet(network, now_us,
                                cut ? SIM_TRACE_MESSAGE_LOST : SIM_TRACE_MESSAGE_DELAYED, from, to,
                                payload, -1);
            if (!cut || !sim_net_block(network, from, to, sent_us, payload, true)) {
                sim_net_park(network, from, to, sent_us, payload, !cut);
            }
            return true;
        }
    }
    return sim_net_hold_if_paused(network, to, payload);
}

/* --- letting go ------------------------------------------------------------------------------ */

static void send_again(SimNetwork *network, int64_t now_us, const SimParked *parked)
{
    SimEndpoint from = parked->from, to = parked->to;
    const SimStreamRules *rules = sim_net_rules(network, from, to);
    const SimResend resend = { .rtt_us = sim_net_round_trip(network, from, to),
                               .first_us = rules->first_resend_us,
                               .timeout_us = rules->resend_timeout_us };
    int64_t at_us = sim_resend_instant(&resend, parked->sent_us, now_us);
    if (at_us < 0) {
        sim_net_give_up(network, now_us, parked->payload);
        return;
    }
    int64_t delay_us =
        sim_route_delay(sim_net_route(network, from, to), sim_net_prng(network, from, to));
    sim_net_push_packet(network, at_us + delay_us, parked->payload);
}

static void let_go(SimNetwork *network, int64_t now_us, const SimParked *parked)
{
    if (parked->clogged) {
        sim_net_push_packet(network, now_us, parked->payload);
    } else if (sim_net_still_wanted(network, parked->payload)) {
        send_again(network, now_us, parked);
    } else {
        sim_net_request_lost(network, parked->payload & SIM_NET_ABOUT);
    }
}

void sim_net_release_parked(SimNetwork *network, int64_t now_us)
{
    g_autoptr(GArray) parked = g_steal_pointer(&network->parked);
    network->parked = g_array_new(false, false, sizeof(SimParked));
    for (guint i = 0; i < parked->len; i++) {
        SimParked one = g_array_index(parked, SimParked, i);
        bool cut = sim_network_is_cut(network, one.from, one.to) & SIM_CUT_PACKETS;
        bool clogged = is_clogged(network, now_us, one.from, one.to);
        one.clogged = one.clogged && !cut;
        if (cut && sim_net_block(network, one.from, one.to, one.sent_us, one.payload, true)) {
            continue;
        }
        bool large = sim_net_is_too_large(network, one.from, one.to, one.payload) &&
                     sim_net_still_wanted(network, one.payload);
        if (cut || clogged || large) {
            g_array_append_val(network->parked, one);
        } else {
            let_go(network, now_us, &one);
        }
    }
    sim_net_heal_streams(network, now_us);
}

/* The order of the walk does not show: entries go or stay each for itself. */
static gboolean is_spent_clog(gpointer key, gpointer value, gpointer data)
{
    const SimTrouble *trouble = value;
    const int64_t *now_us = data;
    (void)key;
    return trouble->clogged_until_us != NOT_CLOGGED && trouble->clogged_until_us <= *now_us &&
           trouble->cut == SIM_CUT_NONE && !trouble->degraded;
}

void sim_net_on_unclog(SimNetwork *network, int64_t now_us)
{
    g_hash_table_foreach_remove(network->troubles, is_spent_clog, &now_us);
    network->n_troubles = g_hash_table_size(network->troubles);
    sim_net_release_parked(network, now_us);
}

/* --- verbs ----------------------------------------------------------------------------------- */

static void note(SimNetwork *network, int64_t now_us, SimTraceKind kind, SimEndpoint subject,
                 SimEndpoint object, int64_t value)
{
    SimRecord record = { .at_us = now_us,
                         .kind = (uint16_t)kind,
                         .op = SIM_N_OPS,
                         .subject = subject,
                         .object = object,
                         .value = value };
    sim_trace_add(network->trace, &record);
}

static void forget_if_sound(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    const SimTrouble *trouble = find_entry(network, from, to);
    if (trouble != NULL && trouble->cut == SIM_CUT_NONE && !trouble->degraded &&
        trouble->clogged_until_us == NOT_CLOGGED) {
        remove_entry(network, from, to);
    }
}

static void set_cut(SimNetwork *network, SimEndpoint from, SimEndpoint to, SimCut cut)
{
    if (cut != SIM_CUT_NONE) {
        SimTrouble *entry = get_entry(network, from, to);
        entry->cut = (SimCut)(entry->cut | cut); /* a cut of calls lets no packets through */
        return;
    }
    SimTrouble *trouble = find_entry(network, from, to);
    if (trouble == NULL) {
        return;
    }
    trouble->cut = SIM_CUT_NONE;
    forget_if_sound(network, from, to);
    sim_net_release_parked(network, sim_net_now(network));
}

void sim_network_cut(SimNetwork *network, SimEndpoint from, SimEndpoint to, SimCut cut)
{
    set_cut(network, from, to, cut);
    note(network, sim_net_now(network),
         cut == SIM_CUT_NONE ? SIM_TRACE_LINK_HEAL : SIM_TRACE_LINK_CUT, from, to, cut);
}

/* For all clients of a site the record has no client to name: SIM_NO_ENDPOINT, and the site in its
 * value's upper half. */
void sim_network_cut_site(SimNetwork *network, uint32_t site, SimEndpoint node, bool to_node,
                          SimCut cut)
{
    SimEndpoint clients = site_clients(site);
    set_cut(network, to_node ? clients : node, to_node ? node : clients, cut);
    note(network, sim_net_now(network),
         cut == SIM_CUT_NONE ? SIM_TRACE_LINK_HEAL : SIM_TRACE_LINK_CUT,
         to_node ? SIM_NO_ENDPOINT : node, to_node ? node : SIM_NO_ENDPOINT,
         (int64_t)((uint64_t)site << 32 | cut));
}

void sim_network_heal(SimNetwork *network, int64_t now_us)
{
    g_hash_table_remove_all(network->troubles);
    network->n_troubles = 0;
    network->n_site_cuts = 0;
    guint n = network->nodes->len;
    for (guint from = 0; from < n; from++) {
        for (guint to = 0; to < n; to++) {
            network->pairs[from][to].troubled = false;
        }
    }
    for (guint i = 0; i < network->clients->len; i++) {
        g_array_index(network->clients, SimNetEndpoint, i).troubled = false;
    }
    note(network, now_us, SIM_TRACE_LINK_HEAL, SIM_NO_ENDPOINT, SIM_NO_ENDPOINT, 0);
    sim_net_release_parked(network, now_us);
}

void sim_network_heal_pair(SimNetwork *network, int64_t now_us, SimEndpoint a, SimEndpoint b)
{
    remove_entry(network, a, b);
    remove_entry(network, b, a);
    note(network, now_us, SIM_TRACE_LINK_HEAL, a, b, 0);
    sim_net_release_parked(network, now_us);
}

void sim_network_heal_site(SimNetwork *network, int64_t now_us, uint32_t site, SimEndpoint node)
{
    remove_entry(network, site_clients(site), node);
    remove_entry(network, node, site_clients(site));
    note(network, now_us, SIM_TRACE_LINK_HEAL, SIM_NO_ENDPOINT, node,
         (int64_t)((uint64_t)site << 32));
    sim_net_release_parked(network, now_us);
}

void sim_network_degrade(SimNetwork *network, SimEndpoint from, SimEndpoint to, const SimLink *link)
{
    const SimRoute *before = sim_net_route(network, from, to);
    bool is_wan = before->is_wan;
    if (before->plain) {
        sim_net_arrive_after(network, from, to, sim_net_now(network) + before->link.delay_us);
    }
    network->links_changed = true;
    SimTrouble *trouble = get_entry(network, from, to);
    trouble->degraded = true;
    trouble->route = sim_route_new(link, is_wan, network->spreads);
    network->datagrams |= trouble->route.datagrams;
    network->shortest_us = MIN(network->shortest_us, sim_route_shortest(&trouble->route));
    note(network, sim_net_now(network), SIM_TRACE_LINK_DEGRADED, from, to, link->delay_us);
}

void sim_network_clog(SimNetwork *network, int64_t now_us, SimEndpoint a, SimEndpoint b,
                      int64_t until_us)
{
    get_entry(network, a, b)->clogged_until_us = until_us;
    get_entry(network, b, a)->clogged_until_us = until_us;
    sim_net_push(network, MAX(until_us, now_us), SIM_NET_UNCLOG, 0);
    note(network, now_us, SIM_TRACE_LINK_CLOG, a, b, until_us);
}

void sim_network_pause(SimNetwork *network, SimEndpoint endpoint)
{
    sim_net_endpoint(network, endpoint)->paused = true;
}

void sim_network_resume(SimNetwork *network, int64_t now_us, SimEndpoint endpoint)
{
    SimNetEndpoint *party = sim_net_endpoint(network, endpoint);
    party->paused = false;
    if (party->held == NULL) {
        return;
    }
    for (guint i = 0; i < party->held->len; i++) {
        sim_net_push_packet(network, now_us, g_array_index(party->held, uint64_t, i));
    }
    g_array_set_size(party->held, 0);
}
