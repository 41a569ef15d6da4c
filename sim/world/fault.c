/* sim/world/fault.c -- cuts and link changes between parties: nodes, named clients, whole sites.
 *
 * A site stands for its nodes and all its clients, present and future; a node stands for itself
 * alone, so that a cut between nodes leaves their clients where they are. */
#include <string.h>

#include "sim/world/active_fault.h"
#include "sim/world/observe.h"

/* A link that goes down and up again; kept in SimFaults, timed by SIM_EVENT_FAULT. */
typedef struct Flap {
    bool stopped; /* everything was healed meanwhile */
    SimParty *a, *b;
    size_t n_a, n_b;
    int64_t down_us, up_us;
    uint32_t remaining;
    bool down;
} Flap;

typedef struct SimFaults {
    GPtrArray *flaps;  /* Flap */
    GPtrArray *active; /* SimActiveFault: what was done to links since the last heal */
    uint64_t count;    /* of all that were ever done: their numbers */
} SimFaults;

static void free_faults(void *data)
{
    SimFaults *faults = data;
    g_ptr_array_unref(faults->flaps);
    g_ptr_array_unref(faults->active);
    g_free(faults);
}

static void on_event(void *world, uint64_t payload);

void sim_faults_open(SimWorld *world)
{
    SimFaults *faults = g_new0(SimFaults, 1);
    faults->flaps = g_ptr_array_new_with_free_func(g_free);
    faults->active = g_ptr_array_new_with_free_func(sim_active_fault_free);
    world->faults = faults;
    sim_world_add_resident(world, (SimResident) { .data = faults, .free = free_faults });
    sim_world_handle(world, SIM_EVENT_FAULT, on_event, world);
}

/* --- who is meant ------------------------------------------------------------------------- */

/* The parties of a group, taken apart: indices of nodes, clients and sites, each once. */
typedef struct Side {
    GArray *nodes, *clients, *sites; /* uint32_t */
} Side;

static bool holds(const GArray *list, uint32_t index)
{
    for (guint i = 0; i < list->len; i++) {
        if (g_array_index(list, uint32_t, i) == index) {
            return true;
        }
    }
    return false;
}

static void add_once(GArray *list, uint32_t index)
{
    if (!holds(list, index)) {
        g_array_append_val(list, index);
    }
}

static void add_site(const SimWorld *world, Side *side, uint32_t site)
{
    add_once(side->sites, site);
    for (guint i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->site == site) {
            add_once(side->nodes, i);
        }
    }
}

/* A client's process, that is all its stacks. */
static void add_client(const SimWorld *world, GArray *clients, uint32_t index)
{
    const SimClient *client = sim_world_client(world, index);
    add_once(clients, index);
    for (uint32_t i = 1, stack; (stack = world->client_side->stack(client, i)) != UINT32_MAX; i++) {
        add_once(clients, stack);
    }
}

static Side side_of(const SimWorld *world, SimGroup group)
{
    Side side = {
        .nodes = g_array_new(false, false, sizeof(uint32_t)),
        .clients = g_array_new(false, false, sizeof(uint32_t)),
        .sites = g_array_new(false, false, sizeof(uint32_t)),
    };
    for (size_t i = 0; i < group.count; i++) {
        switch (group.items[i].kind) {
        case SIM_PARTY_NODE:
            add_once(side.nodes, group.items[i].index);
            break;
        case SIM_PARTY_CLIENT:
            add_client(world, side.clients, group.items[i].index);
            break;
        case SIM_PARTY_SITE:
            add_site(world, &side, group.items[i].index);
            break;
        }
    }
    return side;
}

static void side_clear(Side *side)
{
    g_array_unref(side->nodes);
    g_array_unref(side->clients);
    g_array_unref(side->sites);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Side, side_clear)

/* All nodes of @cluster that @side does not hold, and that are still members or run. */
static Side others_of(const SimWorld *world, uint32_t cluster, const Side *side)
{
    Side others = side_of(world, (SimGroup) { NULL, 0 });
    for (guint i = 0; i < world->nodes->len; i++) {
        if (sim_node_in(sim_world_node(world, i), cluster) && !holds(side->nodes, i)) {
            g_array_append_val(others.nodes, i);
        }
    }
    return others;
}

/* --- labels for the timeline -------------------------------------------------------------- */

static bool names_node(SimGroup group, uint32_t node)
{
    for (size_t i = 0; i < group.count; i++) {
        if (group.items[i].kind == SIM_PARTY_NODE && group.items[i].index == node) {
            return true;
        }
    }
    return false;
}

/* Does @group name every node of @node's site, of several sites? Then the site's name says it. */
static bool covers_site_of(const SimWorld *world, SimGroup group, const SimNode *node)
{
    if (world->sites->len < 2) {
        return false;
    }
    for (guint i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->site == node->site && !names_node(group, i)) {
            return false;
        }
    }
    return true;
}

static bool is_first_of_site(const SimWorld *world, const SimNode *node)
{
    for (guint i = 0; i < node->index; i++) {
        if (sim_world_node(world, i)->site == node->site) {
            return false;
        }
    }
    return true;
}

static const char *site_name(const SimWorld *world, uint32_t site)
{
    return g_array_index(world->sites, SimSiteSpec, site).name;
}

/* What a party adds to a label: its name, its whole site's for the site's first node, or nothing
 * for the others of such a site. */
static const char *party_name(const SimWorld *world, SimGroup group, SimParty party)
{
    if (party.kind == SIM_PARTY_SITE) {
        return site_name(world, party.index);
    }
    if (party.kind == SIM_PARTY_CLIENT) {
        return sim_world_endpoint_name(world, sim_client_endpoint(party.index));
    }
    const SimNode *node = sim_world_node(world, party.index);
    if (!covers_site_of(world, group, node)) {
        return node->name;
    }
    return is_first_of_site(world, node) ? site_name(world, node->site) : NULL;
}

static void append_names(const SimWorld *world, GString *text, SimGroup group)
{
    const char *between = "";
    for (size_t i = 0; i < group.count; i++) {
        const char *name = party_name(world, group, group.items[i]);
        if (name != NULL) {
            g_string_append_printf(text, "%s%s", between, name);
            between = ",";
        }
    }
}

static char *label(const SimWorld *world, const char *what, SimGroup a, const char *between,
                   SimGroup b)
{
    GString *text = g_string_new(what);
    g_string_append_c(text, ' ');
    append_names(world, text, a);
    g_string_append(text, between);
    append_names(world, text, b);
    return g_string_free(text, false);
}

static void tell_done(const SimWorld *world, uint32_t scope, SimActionKind kind,
                      const SimGroup *groups, size_t count, int64_t for_us)
{
    const SimFaultActionNews news = {
        .kind = kind, .scope = scope, .groups = groups, .count = count, .for_us = for_us
    };
    sim_tell_fault_done(world, &news);
}

static void changed(SimWorld *world)
{
    sim_tell_links_changed(world, world);
    world->changed = true;
}

/* --- cutting ------------------------------------------------------------------------------ */

/* What is done to the links that a fault concerns. */
typedef struct Visit {
    SimWorld *world;
    SimEndpoint only; /* the newcomer, for whom an earlier fault is done again; or all */
    bool asks;        /* nothing is done: is one of them in trouble? */
    bool troubled;
} Visit;

static bool is_meant(const Visit *visit, SimEndpoint a, SimEndpoint b)
{
    return a != b && (visit->only == SIM_NO_ENDPOINT || visit->only == a || visit->only == b);
}

static void cut_endpoints(Visit *visit, SimEndpoint from, SimEndpoint to, SimCut cut)
{
    if (!is_meant(visit, from, to)) {
        return;
    }
    if (visit->asks) {
        visit->troubled |= sim_network_is_troubled(visit->world->network, from, to);
    } else {
        sim_network_cut(visit->world->network, from, to, cut);
    }
}

static void cut_site(Visit *visit, uint32_t site, SimEndpoint node, bool to_node, SimCut cut)
{
    if (!is_meant(visit, node, SIM_NO_ENDPOINT)) {
        return;
    }
    if (visit->asks) {
        visit->troubled |= sim_network_site_is_troubled(visit->world->network, site, node, to_node);
    } else {
        sim_network_cut_site(visit->world->network, site, node, to_node, cut);
    }
}

/* What the parties of @from send never reaches those of @to. Clients talk to nodes only. */
static void cut_one_way(Visit *visit, const Side *from, const Side *to, SimCut cut)
{
    for (guint i = 0; i < from->nodes->len; i++) {
        const SimEndpoint node = g_array_index(from->nodes, uint32_t, i);
        for (guint j = 0; j < to->nodes->len; j++) {
            cut_endpoints(visit, node, g_array_index(to->nodes, uint32_t, j), cut);
        }
        for (guint j = 0; j < to->clients->len; j++) {
            cut_endpoints(visit, node, sim_client_endpoint(g_array_index(to->clients, uint32_t, j)),
                          cut);
        }
        for (guint j = 0; j < to->sites->len; j++) {
            cut_site(visit, g_array_index(to->sites, uint32_t, j), node, false, cut);
        }
    }
    for (guint j = 0; j < to->nodes->len; j++) {
        const SimEndpoint node = g_array_index(to->nodes, uint32_t, j);
        for (guint i = 0; i < from->clients->len; i++) {
            cut_endpoints(visit, sim_client_endpoint(g_array_index(from->clients, uint32_t, i)),
                          node, cut);
        }
        for (guint i = 0; i < from->sites->len; i++) {
            cut_site(visit, g_array_index(from->sites, uint32_t, i), node, true, cut);
        }
    }
}

static void cut_both_ways(Visit *visit, const Side *a, const Side *b)
{
    cut_one_way(visit, a, b, SIM_CUT_PACKETS);
    cut_one_way(visit, b, a, SIM_CUT_PACKETS);
}

static void cut_pair(Visit *visit, const SimActiveFault *fault)
{
    g_auto(Side) left = side_of(visit->world, fault->groups[0]);
    g_auto(Side) right = side_of(visit->world, fault->groups[1]);
    if (fault->calls) {
        cut_one_way(visit, &left, &right, SIM_CUT_CALLS);
    } else if (fault->oneway) {
        cut_one_way(visit, &left, &right, SIM_CUT_PACKETS);
    } else {
        cut_both_ways(visit, &left, &right);
    }
}

/* Nodes in no group are alone. */
static void cut_groups(Visit *visit, const SimActiveFault *fault)
{
    const size_t count = fault->count;
    Side *sides = g_new0(Side, count + 1);
    Side *rest = &sides[count];
    *rest = side_of(visit->world, (SimGroup) { NULL, 0 });
    for (size_t i = 0; i < count; i++) {
        sides[i] = side_of(visit->world, fault->groups[i]);
    }
    for (guint node = 0; node < visit->world->nodes->len; node++) {
        bool grouped = false;
        for (size_t i = 0; i < count; i++) {
            grouped |= holds(sides[i].nodes, node);
        }
        if (!grouped && sim_node_in(sim_world_node(visit->world, node), fault->cluster)) {
            g_array_append_val(rest->nodes, node);
        }
    }
    for (size_t i = 0; i <= count; i++) {
        for (size_t j = i + 1; j <= count; j++) {
            cut_both_ways(visit, &sides[i], &sides[j]);
        }
    }
    cut_both_ways(visit, rest, rest);
    for (size_t i = 0; i <= count; i++) {
        side_clear(&sides[i]);
    }
    g_free(sides);
}

static void cut_off(Visit *visit, const SimActiveFault *fault)
{
    g_auto(Side) side = side_of(visit->world, fault->groups[0]);
    g_auto(Side) others = others_of(visit->world, fault->cluster, &side);
    cut_both_ways(visit, &side, &others);
}

static void cut_left_from_right(Visit *visit, const SimActiveFault *fault)
{
    g_auto(Side) one = side_of(visit->world, fault->groups[1]);
    g_auto(Side) other = side_of(visit->world, fault->groups[2]);
    cut_both_ways(visit, &one, &other);
}

static void cut_all_but_neighbours(Visit *visit, const SimActiveFault *fault)
{
    g_auto(Side) side = side_of(visit->world, fault->groups[0]);
    const guint count = side.nodes->len;
    for (guint i = 0; i < count; i++) {
        for (guint j = 0; j < count; j++) {
            const guint apart = (j + count - i) % count;
            if (apart > 1 && apart < count - 1) {
                cut_endpoints(visit, g_array_index(side.nodes, uint32_t, i),
                              g_array_index(side.nodes, uint32_t, j), SIM_CUT_PACKETS);
            }
        }
    }
}

static void swallow(Visit *visit, const SimActiveFault *fault)
{
    g_auto(Side) side = side_of(visit->world, fault->groups[0]);
    g_auto(Side) others = others_of(visit->world, fault->cluster, &side);
    for (guint site = 0; site < visit->world->sites->len; site++) {
        if (fault->cluster == SIM_ALL_CLUSTERS ||
            sim_world_site(visit->world, site)->cluster == fault->cluster) {
            g_array_append_val(others.sites, site);
        }
    }
    cut_both_ways(visit, &side, &others);
    cut_both_ways(visit, &side, &side);
}

static void change_links(Visit *visit, const SimActiveFault *fault);
static void heal_links(Visit *visit, const SimActiveFault *fault);

/* Does @fault to the links there are now, or to the newcomer's; or asks them. */
static void carry_out(Visit *visit, const SimActiveFault *fault)
{
    switch (fault->kind) {
    case SIM_FAULT_CUT:
        cut_pair(visit, fault);
        break;
    case SIM_FAULT_PARTITION:
        cut_groups(visit, fault);
        break;
    case SIM_FAULT_ISOLATE:
        cut_off(visit, fault);
        break;
    case SIM_FAULT_BRIDGE:
        cut_left_from_right(visit, fault);
        break;
    case SIM_FAULT_RING:
        cut_all_but_neighbours(visit, fault);
        break;
    case SIM_FAULT_BLACKHOLE:
        swallow(visit, fault);
        break;
    case SIM_FAULT_LINK:
        change_links(visit, fault);
        break;
    case SIM_FAULT_HEAL:
        heal_links(visit, fault);
        break;
    }
}

/* Takes @text, which names it on the timeline. */
static void stand(SimWorld *world, const SimActiveFault *fault, char *text)
{
    SimActiveFault numbered = *fault;
    Visit visit = { .world = world, .only = SIM_NO_ENDPOINT };
    numbered.number = world->faults->count++;
    carry_out(&visit, fault);
    sim_active_fault_keep(world->faults->active, &numbered);
    const SimFaultNews news = { numbered.number, text };
    sim_tell_fault_began(world, &news);
    g_free(text);
}

void sim_world_cut(SimWorld *world, SimGroup a, SimGroup b, bool oneway, bool calls)
{
    const SimGroup groups[] = { a, b };
    const SimActiveFault fault = {
        .kind = SIM_FAULT_CUT, .groups = groups, .count = 2, .oneway = oneway, .calls = calls
    };
    const SimFaultActionNews done = { .kind = SIM_ACTION_CUT,
                                      .scope = SIM_ALL_CLUSTERS,
                                      .groups = groups,
                                      .count = 2,
                                      .for_us = -1,
                                      .oneway = oneway,
                                      .calls = calls };
    sim_tell_fault_done(world, &done);
    stand(world, &fault, label(world, "cut", a, oneway || calls ? " > " : " | ", b));
    changed(world);
}

void sim_world_partition(SimWorld *world, uint32_t cluster, const SimGroup *groups, size_t count)
{
    const SimActiveFault fault = {
        .kind = SIM_FAULT_PARTITION, .cluster = cluster, .groups = groups, .count = count
    };
    tell_done(world, cluster, SIM_ACTION_PARTITION, groups, count, -1);
    GString *text = g_string_new("partition ");
    for (size_t i = 0; i < count; i++) {
        g_string_append(text, i > 0 ? " | " : "");
        append_names(world, text, groups[i]);
    }
    stand(world, &fault, g_string_free(text, false));
    changed(world);
}

void sim_world_isolate(SimWorld *world, uint32_t cluster, SimGroup a)
{
    const SimActiveFault fault = {
        .kind = SIM_FAULT_ISOLATE, .cluster = cluster, .groups = &a, .count = 1
    };
    tell_done(world, cluster, SIM_ACTION_ISOLATE, &a, 1, -1);
    stand(world, &fault, label(world, "isolate", a, "", (SimGroup) { NULL, 0 }));
    changed(world);
}

void sim_world_bridge(SimWorld *world, SimGroup bridge, SimGroup left, SimGroup right)
{
    const SimGroup groups[] = { bridge, left, right };
    const SimActiveFault fault = { .kind = SIM_FAULT_BRIDGE, .groups = groups, .count = 3 };
    tell_done(world, SIM_ALL_CLUSTERS, SIM_ACTION_BRIDGE, groups, 3, -1);
    g_autofree char *middle = label(world, "bridge", bridge, "", (SimGroup) { NULL, 0 });
    stand(world, &fault, label(world, middle, left, " | ", right));
    changed(world);
}

void sim_world_ring(SimWorld *world, SimGroup ring)
{
    const SimActiveFault fault = { .kind = SIM_FAULT_RING, .groups = &ring, .count = 1 };
    tell_done(world, SIM_ALL_CLUSTERS, SIM_ACTION_RING, &ring, 1, -1);
    stand(world, &fault, label(world, "ring", ring, "", (SimGroup) { NULL, 0 }));
    changed(world);
}

void sim_world_blackhole(SimWorld *world, uint32_t cluster, SimGroup a)
{
    const SimActiveFault fault = {
        .kind = SIM_FAULT_BLACKHOLE, .cluster = cluster, .groups = &a, .count = 1
    };
    tell_done(world, cluster, SIM_ACTION_BLACKHOLE, &a, 1, -1);
    stand(world, &fault, label(world, "blackhole", a, "", (SimGroup) { NULL, 0 }));
    changed(world);
}

void sim_world_meet_faults(SimWorld *world, SimEndpoint newcomer)
{
    Visit visit = { .world = world, .only = newcomer };
    const GPtrArray *active = world->faults->active;
    for (guint i = 0; i < active->len; i++) {
        carry_out(&visit, active->pdata[i]);
    }
}

/* --- healing ------------------------------------------------------------------------------ */

static void healed(SimWorld *world)
{
    changed(world);
    sim_tell_links_healed(world, world);
}

void sim_world_heal(SimWorld *world)
{
    tell_done(world, SIM_ALL_CLUSTERS, SIM_ACTION_HEAL, NULL, 0, -1);
    for (guint i = 0; i < world->faults->flaps->len; i++) {
        ((Flap *)world->faults->flaps->pdata[i])->stopped = true;
    }
    sim_network_heal(world->network, world->now_us);
    sim_active_fault_forget(world->faults->active);
    sim_tell_fault_ended(world, SIM_ALL_FAULTS);
    healed(world);
}

void sim_world_heal_cluster(SimWorld *world, uint32_t cluster)
{
    const SimClusterSpec *spec = sim_world_cluster(world, cluster);
    SimParty *sites = g_new(SimParty, spec->n_sites);
    for (uint32_t i = 0; i < spec->n_sites; i++) {
        sites[i] = (SimParty) { SIM_PARTY_SITE, spec->first_site + i };
    }
    const SimGroup all = { sites, spec->n_sites };
    sim_world_heal_pair(world, all, all);
    g_free(sites);
}

/* The clients of @side's sites that there are by now count as named: a link that is degraded or
 * clogged is one between two parties, which a cut of a site need not be. */
static void add_clients_of_sites(const SimWorld *world, Side *side)
{
    for (guint i = 0; i < world->clients->len && side->sites->len > 0; i++) {
        if (holds(side->sites, world->client_side->site(sim_world_client(world, i)))) {
            g_array_append_val(side->clients, i);
        }
    }
}

static void heal_endpoints(Visit *visit, SimEndpoint a, SimEndpoint b)
{
    if (is_meant(visit, a, b)) {
        sim_network_heal_pair(visit->world->network, visit->world->now_us, a, b);
    }
}

static void heal_sites(Visit *visit, const Side *sites, const Side *nodes)
{
    for (guint i = 0; i < sites->sites->len; i++) {
        for (guint j = 0; j < nodes->nodes->len; j++) {
            const SimEndpoint node = g_array_index(nodes->nodes, uint32_t, j);
            if (is_meant(visit, node, SIM_NO_ENDPOINT)) {
                sim_network_heal_site(visit->world->network, visit->world->now_us,
                                      g_array_index(sites->sites, uint32_t, i), node);
            }
        }
    }
    for (guint i = 0; i < sites->clients->len; i++) {
        for (guint j = 0; j < nodes->nodes->len; j++) {
            heal_endpoints(visit, sim_client_endpoint(g_array_index(sites->clients, uint32_t, i)),
                           g_array_index(nodes->nodes, uint32_t, j));
        }
    }
}

static void heal_links(Visit *visit, const SimActiveFault *fault)
{
    g_auto(Side) left = side_of(visit->world, fault->groups[0]);
    g_auto(Side) right = side_of(visit->world, fault->groups[1]);
    for (guint i = 0; i < left.nodes->len; i++) {
        for (guint j = 0; j < right.nodes->len; j++) {
            heal_endpoints(visit, g_array_index(left.nodes, uint32_t, i),
                           g_array_index(right.nodes, uint32_t, j));
        }
    }
    add_clients_of_sites(visit->world, &left);
    add_clients_of_sites(visit->world, &right);
    heal_sites(visit, &left, &right);
    heal_sites(visit, &right, &left);
}

static bool lasts(SimWorld *world, const SimActiveFault *fault)
{
    Visit visit = { .world = world, .only = SIM_NO_ENDPOINT, .asks = true };
    carry_out(&visit, fault);
    return visit.troubled;
}

/* A fault is over on the timeline when none of its links is in trouble any more. */
static void end_what_is_healed(SimWorld *world)
{
    const GPtrArray *active = world->faults->active;
    for (guint i = 0; i < active->len; i++) {
        const SimActiveFault *fault = active->pdata[i];
        if (fault->kind != SIM_FAULT_HEAL && !lasts(world, fault)) {
            sim_tell_fault_ended(world, fault->number);
        }
    }
}

void sim_world_heal_pair(SimWorld *world, SimGroup a, SimGroup b)
{
    const SimGroup groups[] = { a, b };
    const SimActiveFault heal = { .kind = SIM_FAULT_HEAL, .groups = groups, .count = 2 };
    tell_done(world, SIM_ALL_CLUSTERS, SIM_ACTION_HEAL, groups, 2, -1);
    Visit visit = { .world = world, .only = SIM_NO_ENDPOINT };
    heal_links(&visit, &heal);
    end_what_is_healed(world);
    sim_active_fault_keep(world->faults->active, &heal);
    healed(world);
}

/* --- degrading ---------------------------------------------------------------------------- */

static void change_link(SimLink *link, const SimLink *change, unsigned fields)
{
    if (fields & SIM_LINK_DELAY) {
        link->delay_us = change->delay_us;
    }
    if (fields & SIM_LINK_JITTER) {
        link->jitter = change->jitter;
        link->spread_q32 = 0;
    }
    if (fields & SIM_LINK_SPREAD) {
        link->spread_q32 = change->spread_q32;
    }
    if (fields & SIM_LINK_LOSS) {
        link->loss = change->loss;
    }
    if (fields & SIM_LINK_BURST) {
        link->burst_enter = change->burst_enter;
        link->burst_leave = change->burst_leave;
        link->burst_loss = change->burst_loss;
    }
    if (fields & SIM_LINK_BANDWIDTH) {
        link->bandwidth_bps = change->bandwidth_bps;
    }
    if (fields & SIM_LINK_QUEUE) {
        link->queue_bytes = change->queue_bytes;
    }
    if (fields & SIM_LINK_MTU) {
        link->mtu_bytes = change->mtu_bytes;
    }
    if (fields & SIM_LINK_DROP_ABOVE) {
        link->drop_above_bytes = change->drop_above_bytes;
    }
    if (fields & SIM_LINK_DUPLICATE) {
        link->duplicate = change->duplicate;
    }
    if (fields & SIM_LINK_REORDER) {
        link->reorder = change->reorder;
    }
    if (fields & SIM_LINK_CORRUPT) {
        link->corrupt = change->corrupt;
    }
}

static void degrade(SimWorld *world, SimEndpoint from, SimEndpoint to, const SimLink *change,
                    unsigned fields)
{
    SimLink link = sim_network_effective_link(world->network, from, to);
    change_link(&link, change, fields);
    sim_network_degrade(world->network, from, to, &link);
}

/* Does @act to each link between @clients of one side and @nodes of the other. */
static void each_client_link(SimWorld *world, const GArray *clients, const GArray *nodes,
                             void (*act)(SimWorld *world, SimEndpoint a, SimEndpoint b, void *data),
                             void *data)
{
    for (guint i = 0; i < clients->len; i++) {
        for (guint j = 0; j < nodes->len; j++) {
            act(world, sim_client_endpoint(g_array_index(clients, uint32_t, i)),
                g_array_index(nodes, uint32_t, j), data);
        }
    }
}

/* Does @act to each link between the two groups, once for both its directions. */
static void each_link(SimWorld *world, SimGroup a, SimGroup b,
                      void (*act)(SimWorld *world, SimEndpoint a, SimEndpoint b, void *data),
                      void *data)
{
    g_auto(Side) left = side_of(world, a);
    g_auto(Side) right = side_of(world, b);
    add_clients_of_sites(world, &left);
    add_clients_of_sites(world, &right);
    for (guint i = 0; i < left.nodes->len; i++) {
        for (guint j = 0; j < right.nodes->len; j++) {
            const SimEndpoint from = g_array_index(left.nodes, uint32_t, i);
            const SimEndpoint to = g_array_index(right.nodes, uint32_t, j);
            if (from != to) {
                act(world, from, to, data);
            }
        }
    }
    each_client_link(world, left.clients, right.nodes, act, data);
    each_client_link(world, right.clients, left.nodes, act, data);
}

typedef struct Change {
    Visit *visit;
    const SimActiveFault *fault;
} Change;

static void degrade_both_ways(SimWorld *world, SimEndpoint a, SimEndpoint b, void *data)
{
    const Change *change = data;
    if (!is_meant(change->visit, a, b)) {
        return;
    }
    if (change->visit->asks) {
        change->visit->troubled |= sim_network_is_troubled(world->network, a, b);
    } else {
        degrade(world, a, b, &change->fault->link, change->fault->fields);
        degrade(world, b, a, &change->fault->link, change->fault->fields);
    }
}

static void change_links(Visit *visit, const SimActiveFault *fault)
{
    Change change = { visit, fault };
    each_link(visit->world, fault->groups[0], fault->groups[1], degrade_both_ways, &change);
}

void sim_world_degrade(SimWorld *world, SimGroup a, SimGroup b, const SimLink *change,
                       unsigned fields)
{
    const SimGroup groups[] = { a, b };
    const SimActiveFault fault = {
        .kind = SIM_FAULT_LINK, .groups = groups, .count = 2, .link = *change, .fields = fields
    };
    const SimFaultActionNews done = { .kind = SIM_ACTION_LINK,
                                      .scope = SIM_ALL_CLUSTERS,
                                      .groups = groups,
                                      .count = 2,
                                      .for_us = -1,
                                      .link = change,
                                      .fields = fields };
    sim_tell_fault_done(world, &done);
    stand(world, &fault, label(world, "link", a, " - ", b));
}

static void clog_both_ways(SimWorld *world, SimEndpoint a, SimEndpoint b, void *data)
{
    const int64_t *until_us = data;
    sim_network_clog(world->network, world->now_us, a, b, *until_us);
}

void sim_world_clog(SimWorld *world, SimGroup a, SimGroup b, int64_t for_us)
{
    const SimGroup groups[] = { a, b };
    tell_done(world, SIM_ALL_CLUSTERS, SIM_ACTION_CLOG, groups, 2, for_us);
    int64_t until_us = world->now_us + for_us;
    each_link(world, a, b, clog_both_ways, &until_us);
}

/* --- flapping ----------------------------------------------------------------------------- */

static void turn(SimWorld *world, uint32_t index)
{
    Flap *flap = world->faults->flaps->pdata[index];
    const SimGroup a = { flap->a, flap->n_a };
    const SimGroup b = { flap->b, flap->n_b };
    if (flap->stopped) {
        return;
    }
    if (flap->down) {
        flap->down = false;
        sim_world_heal_pair(world, a, b);
        if (--flap->remaining == 0) {
            return;
        }
    } else {
        flap->down = true;
        sim_world_cut(world, a, b, false, false);
    }
    sim_event_queue_push(world->queue, world->now_us + (flap->down ? flap->down_us : flap->up_us),
                         sim_event_word(SIM_EVENT_FAULT, index));
}

void sim_world_flap(SimWorld *world, SimGroup a, SimGroup b, int64_t down_us, int64_t up_us,
                    uint32_t times)
{
    /* One block, so that freeing the flap frees its parties. */
    Flap *flap = g_malloc0(sizeof(Flap) + (a.count + b.count) * sizeof(SimParty));
    flap->a = (SimParty *)(void *)(flap + 1);
    flap->b = flap->a + a.count;
    memcpy(flap->a, a.items, a.count * sizeof(SimParty));
    memcpy(flap->b, b.items, b.count * sizeof(SimParty));
    flap->n_a = a.count;
    flap->n_b = b.count;
    flap->down_us = down_us;
    flap->up_us = up_us;
    flap->remaining = times;
    g_ptr_array_add(world->faults->flaps, flap);
    if (times > 0) {
        turn(world, world->faults->flaps->len - 1);
    }
}

static void on_event(void *world, uint64_t payload)
{
    turn(world, (uint32_t)payload);
}
