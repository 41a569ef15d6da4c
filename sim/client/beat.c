/* sim/client/beat.c -- BeatReactor: what a 1.x SDK publishes lives by its beats.
 *
 *      due --> a thread is free --> beat --> known: next one 5 s later
 *               | no                    `--> unknown: register again from the entry, then likewise
 *               `--> waits its turn
 *
 * Threads are few (SimSdk.beat_threads) and wait for answers, so one black hole delays the beats of
 * everything that the process publishes.
 *
 * In an agent's client a beat is two calls, to the primary's servers and then to the secondary's,
 * in one thread; the next beat is 5 s after both. The primary's answer counts, the secondary's only
 * if the primary gave none: what the secondary has forgotten stays forgotten while beats are light.
 */
#include "sim/client/dual_internal.h"

#include "core/metadata.h"
#include "sim/client/proxy.h"

static SimPublished *entry_of_stamp(const SimClient *client, uint32_t stamp)
{
    for (uint32_t i = 0;
         stamp != 0 && client->publications != NULL && i < client->publications->len; i++) {
        SimPublished *entry = &g_array_index(client->publications, SimPublished, i);
        if (entry->stamp == stamp) {
            return entry;
        }
    }
    return NULL;
}

/* BeatReactor#buildBeatInfo takes the period from the instance, and the server answers with the
 * same; what is no time above zero is no period. */
static int64_t interval_us(const SimClient *client, const SimPublished *entry)
{
    const DistroDictionary *dictionary = client->world->dictionary;
    const DistroListing listing =
        distro_dictionary_publication_info(dictionary, entry->publication)->listings[0];
    const DistroExt ext = distro_dictionary_listing_info(dictionary, listing)->instance.ext;
    int64_t said_us = distro_metadata_duration(dictionary, ext, "preserved.heart.beat.interval",
                                               SIM_PROXY_BEAT_INTERVAL_US);
    return said_us > 0 ? said_us : SIM_PROXY_BEAT_INTERVAL_US;
}

/* From 0 to @most_us, the same for one @number. */
static int64_t draw(const SimClient *client, const char *stream, uint64_t number, int64_t most_us)
{
    if (client->world->spec->exact_timers || most_us == 0) {
        return 0;
    }
    SimPrng prng = sim_prng_stream_n(client->world->seed, stream, number);
    return sim_prng_between(&prng, 0, most_us);
}

/* What its cluster's settings say of clients. */
static const DistroConfig *config_of(const SimClient *client)
{
    return &sim_world_node(client->world, client->servers[0])->config;
}

int64_t sim_beat_work(const SimClient *client)
{
    return draw(client, "lateness/process", client->index, config_of(client)->beat_work_us);
}

/* Each period lasts longer by its own draw and by the work of the beat before it. So the phase
 * between a beat and its check moves by milliseconds a period, and that of many is anywhere after
 * an hour. */
static int64_t draw_lateness(const SimClient *client, uint32_t stamp, bool first)
{
    const uint64_t number = (uint64_t)client->index << 32 | stamp;
    return draw(client, "lateness/beat", number, config_of(client)->timer_late_us) +
           (first ? 0 : client->http.beat_work_us);
}

void sim_beat_arm(SimClient *client, SimPublished *entry, bool first)
{
    entry->stamp = sim_client_serial(client);
    int64_t late_us = draw_lateness(client, entry->stamp, first);
    sim_client_set_timer(client, client->world->now_us + interval_us(client, entry) + late_us,
                         SIM_TIMER_BEAT, entry->stamp);
}

/* Whose reactor sends the beats of @client: its own, or, in an agent's client, the primary's. */
static SimClient *reactor_of(const SimClient *client)
{
    return sim_client_is_agents(client) ? sim_client_process(client) : (SimClient *)client;
}

bool sim_beat_is_light(const SimClient *client)
{
    return reactor_of(client)->http.light_beats;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* What the client publishes of the service once what @request carries is there. In an agent's
 * client the reactor has the entries. */
static DistroPublication published_with(const SimClient *client, const SimRequest *request)
{
    return sim_client_publication_with(reactor_of(client), request->service, request->publication,
                                       request->publication);
}

/* A beat may bring through what the truth does not hold yet: a full one carries the instance, a
 * light one is answered well only where there is one. An orphan's brings what its user does not
 * publish. */
static void begin_for_truth(SimClient *client, SimRequest *request)
{
    DistroPublication known = sim_client_held(client, request->service);
    const SimPublished *entry = entry_of_stamp(reactor_of(client), request->stamp);
    if (entry != NULL && entry->orphaned) {
        return;
    }
    if (!sim_beat_is_light(client) || known == DISTRO_NONE) {
        sim_client_begin_again(client, request, published_with(client, request));
    }
}

static void send_beat(SimClient *client, uint32_t stamp, DistroService service,
                      DistroPublication publication, SimLegAnswer primary)
{
    SimRequest *request =
        sim_client_request(client, SIM_OP_BEAT, SIM_ORIGIN_BEAT, service, publication);
    request->stamp = stamp;
    request->primary = primary;
    begin_for_truth(client, request);
    sim_http_ask(client, request);
}

static void send_own_beat(SimClient *client, uint32_t stamp)
{
    const SimPublished *entry = entry_of_stamp(client, stamp);
    if (entry != NULL) {
        send_beat(client, stamp, entry->service, entry->publication, SIM_LEG_ANSWER_NONE);
    }
}

/* --- threads ---------------------------------------------------------------------------------- */

static uint32_t busy_with(const SimClient *client)
{
    uint32_t busy = 0;
    for (uint32_t i = 0; client->requests != NULL && i < client->requests->len; i++) {
        SimOrigin origin = g_array_index(client->requests, SimRequest, i).origin;
        busy += origin == SIM_ORIGIN_BEAT || origin == SIM_ORIGIN_BEAT_AGAIN;
    }
    return busy;
}

static bool has_free_thread(const SimClient *reactor)
{
    uint32_t busy = busy_with(reactor);
    if (sim_client_is_agents(reactor)) {
        busy += busy_with(sim_dual_stack(reactor, SIM_DUAL_SECONDARY));
    }
    return busy < reactor->sdk.beat_threads;
}

void sim_beat_timer(SimClient *client, uint32_t stamp)
{
    if (has_free_thread(client)) {
        send_own_beat(client, stamp);
        return;
    }
    if (client->http.late == NULL) {
        client->http.late = g_array_new(false, false, sizeof(uint32_t));
    }
    g_array_append_val(client->http.late, stamp);
}

/* The beats that wait take a free thread in the order in which they came due; one whose entry has
 * gone meanwhile needs none. */
static void send_late_beats(SimClient *reactor)
{
    GArray *late = reactor->http.late;
    while (late != NULL && late->len > 0 && has_free_thread(reactor)) {
        uint32_t stamp = g_array_index(late, uint32_t, 0);
        g_array_remove_index(late, 0);
        send_own_beat(reactor, stamp);
    }
}

/* --- answers ---------------------------------------------------------------------------------- */

static void arm_next(SimClient *reactor, uint32_t stamp)
{
    SimPublished *entry = entry_of_stamp(reactor, stamp);
    if (entry != NULL) {
        sim_beat_arm(reactor, entry, false);
    }
    send_late_beats(reactor);
}

/* BeatReactor.BeatTask: RESOURCE_NOT_FOUND makes it register again from its own copy, even if the
 * entry was removed while the beat was under way. What comes of that has no beats and expires, so
 * it is nothing that the client publishes. */
static void register_again(SimClient *client, const SimRequest *beat)
{
    client->counters.redos++;
    sim_client_trace(client, SIM_TRACE_CLIENT_REDO, beat->node, beat->publication);
    SimRequest *request = sim_client_request(client, SIM_OP_REGISTER, SIM_ORIGIN_BEAT_AGAIN,
                                             beat->service, beat->publication);
    request->stamp = beat->stamp;
    const SimPublished *entry = entry_of_stamp(reactor_of(client), beat->stamp);
    if (entry != NULL && !entry->orphaned) {
        sim_client_begin_again(client, request, published_with(client, request));
    }
    if (client->api > 1) {
        sim_http_ask_at(client, request, beat->node); /* the one that said so */
    } else {
        sim_http_ask(client, request);
    }
}

static void interpret(SimClient *reactor, const SimRequest *beat, SimLegAnswer answer)
{
    if (answer == SIM_LEG_ANSWER_GOOD) {
        reactor->http.light_beats = reactor->sdk.light_beats || reactor->api > 1;
    }
    if (answer == SIM_LEG_ANSWER_UNKNOWN) {
        register_again(reactor, beat);
    } else {
        arm_next(reactor, beat->stamp);
    }
}

static void beat_answered(SimClient *client, const SimRequest *beat, SimLegAnswer answer)
{
    if (!sim_client_is_agents(client)) {
        interpret(client, beat, answer);
    } else if (client->leg == SIM_DUAL_PRIMARY) {
        send_beat(sim_dual_stack(client, SIM_DUAL_SECONDARY), beat->stamp, beat->service,
                  beat->publication, answer);
    } else {
        interpret(reactor_of(client), beat,
                  beat->primary != SIM_LEG_ANSWER_NONE ? beat->primary : answer);
    }
}

void sim_beat_ended(SimClient *client, const SimRequest *request, bool ok)
{
    if (request->origin == SIM_ORIGIN_BEAT) {
        beat_answered(client, request,
                      ok                 ? SIM_LEG_ANSWER_GOOD
                      : request->unknown ? SIM_LEG_ANSWER_UNKNOWN
                                         : SIM_LEG_ANSWER_NONE);
    } else if (sim_client_is_agents(client) && client->leg == SIM_DUAL_PRIMARY) {
        register_again(sim_dual_stack(client, SIM_DUAL_SECONDARY), request);
    } else {
        arm_next(reactor_of(client), request->stamp);
    }
}
