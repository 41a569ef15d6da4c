/* sim/client/http.c -- the 1.x SDK: NamingProxy and what calls it.
 *
 * There is no connection. A request goes to one server after another, each once, until one answers
 * well; which is first is drawn each time, or is the preferred one. What is published lives by its
 * beats, and lists are asked for again and again:
 *
 *      register     beat entry, then POST;  5 s later the first beat
 *      beat         5 s after the one before has ended; "unknown": POST again from the entry
 *      deregister   beat entry away, then DELETE
 *      subscribe    GET; then every 10 s, or 1 s << failures (at most 60 s) while empty or failing
 *
 * A black hole costs the connect time-out, 3 s, per server, or the read time-out, 50 s, on an HTTP
 * connection that is used again (SimSdk.keep_alive_us; the next try needs a new one). The network
 * knows calls and no connects, so the time-out is chosen when a try is sent: 3 s if packets are cut
 * in either direction then, else the read time-out. A frozen server's kernel still accepts, so that
 * costs the 50 s it really does.
 */
#include "sim/client/dual_internal.h"

#include "sim/client/proxy.h"
#include "sim/world/observe.h"

void sim_http_init(SimClient *client)
{
    /* Users of v2 and v3 name an instance in a beat and describe it in no other call than a
     * POST. */
    client->http = (SimHttp) { .server = UINT32_MAX,
                               .light_beats = client->api > 1,
                               .beat_work_us = sim_beat_work(client) };
    if (client->sdk.keep_alive_us > 0) {
        client->http.spoken = g_array_new(false, true, sizeof(int64_t));
        g_array_set_size(client->http.spoken, client->n_servers);
    }
}

void sim_http_clear(SimClient *client)
{
    if (client->http.late != NULL) {
        g_array_unref(client->http.late);
    }
    if (client->http.spoken != NULL) {
        g_array_unref(client->http.spoken);
    }
}

DistroClient sim_http_id(SimClient *client, DistroPublication publication)
{
    DistroClient id = sim_proxy_id(client->world->dictionary, publication);
    sim_world_enter_client_id(client->world, id, client->index);
    return id;
}

/* --- a try ------------------------------------------------------------------------------------ */

static SimCall call_for(SimClient *client, const SimRequest *request)
{
    DistroDictionary *dictionary = client->world->dictionary;
    if (request->op == SIM_OP_QUERY) {
        SimCall call = sim_proxy_query(dictionary, request->service);
        call.payload[1] = client->api > 1; /* lists over v2 and v3 name no port for pushes */
        return call;
    }
    if (request->persistent != DISTRO_NONE) {
        return sim_proxy_persistent(dictionary, request->op, request->persistent, request->service,
                                    request->publication);
    }
    sim_http_id(client, request->publication);
    return sim_proxy_write(dictionary, request->op, sim_beat_is_light(client), request->service,
                           request->publication);
}

/* Where @node stands in the list; one that joined later is put at its end. */
static uint32_t place_of(SimClient *client, uint32_t node)
{
    uint32_t place = 0;
    while (place < client->n_servers && client->servers[place] != node) {
        place++;
    }
    if (place == client->n_servers) {
        client->servers = g_renew(uint32_t, client->servers, client->n_servers + 1);
        client->servers[client->n_servers++] = node;
        if (client->http.spoken != NULL) {
            g_array_set_size(client->http.spoken, client->n_servers);
        }
    }
    return place;
}

static int64_t *spoken_with(SimClient *client, uint32_t node)
{
    const uint32_t position = place_of(client, node);
    return &g_array_index(client->http.spoken, int64_t, position);
}

static bool has_connection(SimClient *client, uint32_t node)
{
    if (client->http.spoken == NULL) {
        return false;
    }
    int64_t spoken_us = *spoken_with(client, node);
    return spoken_us != 0 && client->world->now_us - spoken_us <= client->sdk.keep_alive_us;
}

/* An answer leaves the connection to @node open, anything else closes it. */
static void note_connection(SimClient *client, uint32_t node, bool answered)
{
    if (client->http.spoken != NULL) {
        *spoken_with(client, node) = answered ? client->world->now_us : 0;
    }
}

static int64_t timeout_towards(SimClient *client, uint32_t node)
{
    bool black_hole = sim_proxy_black_hole(client->world->network, sim_client_self(client),
                                           sim_node_endpoint(node));
    return black_hole && !has_connection(client, node) ? SIM_PROXY_CONNECT_TIMEOUT_US
                                                       : SIM_PROXY_READ_TIMEOUT_US;
}

/* Every request passes the balancer: connections of 1.x are not kept, or by the balancer. */
static uint32_t next_server(SimClient *client, const SimRequest *request)
{
    return client->balance.spec.way == SIM_BALANCE_LIST
               ? client->servers[(request->first + request->tries) % client->n_servers]
               : sim_balance_take(client, request->tries > 0);
}

static void send_try(SimClient *client, SimRequest *request)
{
    SimCall call = call_for(client, request);
    request->node = next_server(client, request);
    if (request->node == UINT32_MAX) {
        sim_client_end_soon(client, request, false, "not connected");
        return;
    }
    request->tries++;
    request->phase = SIM_PHASE_CALLING;
    call.timeout_us = timeout_towards(client, request->node);
    sim_client_send(client, request->node, SIM_PURPOSE_REQUEST, request->serial, &call);
}

void sim_http_ask_at(SimClient *client, SimRequest *request, uint32_t node)
{
    request->first = 0;
    while (client->servers[request->first] != node) {
        request->first++;
    }
    request->tries = 0;
    send_try(client, request);
}

void sim_http_ask(SimClient *client, SimRequest *request)
{
    uint32_t drawn = (uint32_t)sim_prng_below(&client->prng, client->n_servers);
    request->first = client->preferred >= 0 ? (uint32_t)client->preferred : drawn;
    request->tries = 0;
    send_try(client, request);
}

/* --- the user's operations -------------------------------------------------------------------- */

void sim_http_prefer(SimClient *client, uint32_t node)
{
    client->preferred = (int32_t)place_of(client, node);
}

static bool is_batch(const SimClient *client, DistroPublication publication)
{
    return distro_dictionary_publication_info(client->world->dictionary, publication)->batch;
}

/* The entry comes before the POST, so that beats bring through what a failed POST did not. The 1.x
 * SDK has no batches. */
static void begin_register(SimClient *client, SimRequest *request)
{
    if (is_batch(client, request->publication)) {
        sim_client_end_soon(client, request, false, "refused");
        return;
    }
    SimPublished *former = sim_client_published(client, request->service, request->publication);
    if (former != NULL) {
        former->orphaned = client->sdk.beats_pile_up;
    }
    SimPublished *entry = sim_client_publish(client, request->service, request->publication);
    if (!sim_dual_is_follower(client)) {
        sim_beat_arm(client, entry, true);
    }
    client->http.id = sim_http_id(client, request->publication);
    sim_http_ask(client, request);
}

/* What was never published has no address to take back: the DELETE would change nothing. Otherwise
 * the beats end here, so that even a DELETE which no server took lets the instance expire. */
static void begin_deregister(SimClient *client, SimRequest *request)
{
    if (request->publication == DISTRO_NONE) {
        sim_client_end_soon(client, request, true, NULL);
        return;
    }
    sim_client_unpublish(client, request->service, request->publication);
    request->maybe_applied = true;
    sim_http_ask(client, request);
}

static void begin_connect(SimClient *client, SimRequest *request)
{
    sim_http_prefer(client, request->node);
    sim_client_end_soon(client, request, true, NULL);
}

void sim_http_begin(SimClient *client, SimRequest *request)
{
    if (request->persistent != DISTRO_NONE) {
        sim_http_ask(client, request); /* no beats, and nothing to remember */
        return;
    }
    switch (request->op) {
    case SIM_OP_CONNECT:
        begin_connect(client, request);
        break;
    case SIM_OP_REGISTER:
        begin_register(client, request);
        break;
    case SIM_OP_DEREGISTER:
        begin_deregister(client, request);
        break;
    default:
        sim_http_ask(client, request);
        break;
    }
}

/* --- outcomes --------------------------------------------------------------------------------- */

/* With a random server each time this changes at every beat: the checks must know, but it is
 * nothing that a scenario waits for and no switch. */
static void served_by(SimClient *client, uint32_t node)
{
    if (client->http.server == node || !client->open) {
        return;
    }
    client->http.server = node;
    sim_tell_client_moved(client->world, client->index);
}

static void succeed(SimClient *client, SimRequest *request, const DistroFrame *answer)
{
    if (request->op == SIM_OP_QUERY && !request->refresh_only) {
        sim_client_take_answer(client, request->service, answer);
    } else if (request->op != SIM_OP_QUERY) {
        served_by(client, request->node);
    }
    sim_client_end(client, request->serial, true, NULL);
}

/* The server's release has no such path. */
static void miss_api(SimClient *client, SimRequest *request)
{
    sim_client_end(client, request->serial, false, "not found");
}

/* The server has no such instance: no failure to be tried elsewhere. */
static void forgotten(SimClient *client, SimRequest *request)
{
    request->unknown = true;
    sim_client_end(client, request->serial, false, "refused");
}

static void fail_try(SimClient *client, SimRequest *request, DistroOutcome outcome)
{
    request->reason = sim_client_reason(outcome);
    if (outcome == DISTRO_OUTCOME_TIMED_OUT || outcome == DISTRO_OUTCOME_BROKEN) {
        request->maybe_applied = true;
    }
    if (request->tries < sim_proxy_tries(sim_balance_addresses(client))) {
        send_try(client, request);
    } else {
        sim_client_end(client, request->serial, false, request->reason);
    }
}

/* A node that forwarded the write and got no good answer says 500, and the owner may have applied
 * it all the same. */
static void refuse_try(SimClient *client, SimRequest *request, DistroStatus status)
{
    if (status == DISTRO_STATUS_HTTP_ERROR) {
        request->maybe_applied = true;
    }
    fail_try(client, request, DISTRO_OUTCOME_ANSWERED);
}

void sim_http_outcome(SimClient *client, const SimCall *call, DistroOutcome outcome,
                      const DistroFrame *answer)
{
    SimRequest *request = sim_client_find_request(client, call->ticket.serial);
    if (request == NULL || request->phase != SIM_PHASE_CALLING) {
        return;
    }
    bool answered = outcome == DISTRO_OUTCOME_ANSWERED;
    note_connection(client, request->node, answered);
    DistroStatus status = answered ? sim_client_answer_status(answer) : DISTRO_STATUS_HTTP_ERROR;
    if (!answered) {
        fail_try(client, request, outcome);
    } else if (status == DISTRO_STATUS_OK) {
        succeed(client, request, answer);
    } else if (status == DISTRO_STATUS_BEAT_UNKNOWN) {
        forgotten(client, request);
    } else if (status == DISTRO_STATUS_HTTP_UNKNOWN_API && client->api > 1) {
        miss_api(client, request);
    } else {
        refuse_try(client, request, status);
    }
}

static bool has_leave(const SimClient *client)
{
    for (uint32_t i = 0; i < client->requests->len; i++) {
        if (g_array_index(client->requests, SimRequest, i).origin == SIM_ORIGIN_LEAVE) {
            return true;
        }
    }
    return false;
}

static void finish_close(SimClient *client)
{
    client->http.leaving = false;
    sim_network_down(client->world->network, sim_client_self(client), false);
    SimRequest *close = sim_client_find_request(client, client->http.close);
    if (close != NULL) {
        sim_client_end_soon(client, close, true, NULL);
    }
}

void sim_http_ended(SimClient *client, const SimRequest *request, bool ok)
{
    if (client->http.leaving && request->origin == SIM_ORIGIN_LEAVE && !has_leave(client)) {
        finish_close(client);
    }
    if (!client->open) {
        return;
    }
    if (request->origin == SIM_ORIGIN_BEAT || request->origin == SIM_ORIGIN_BEAT_AGAIN) {
        sim_beat_ended(client, request, ok);
    } else if (request->origin == SIM_ORIGIN_POLL) {
        sim_poll_ended(client, request, ok);
    } else if (request->op == SIM_OP_QUERY && !sim_client_is_agents(client)) {
        sim_poll_start(client, request->service); /* scheduleUpdateIfAbsent, however it went */
    }
}

void sim_http_timer(SimClient *client, SimClientTimer timer, uint32_t stamp)
{
    if (!client->open) {
        return;
    }
    if (timer == SIM_TIMER_BEAT) {
        sim_beat_timer(client, stamp);
    } else if (timer == SIM_TIMER_POLL) {
        sim_poll_timer(client, stamp);
    }
}

/* NacosNamingService#shutDown only stops the beats; applications that leave in good order
 * deregister first, so that is what an orderly close does here. Then the process is gone, whether a
 * server took the DELETEs or not: what is left behind expires for want of beats. */
void sim_http_close(SimClient *client, uint32_t close_serial)
{
    client->http.close = close_serial;
    client->http.leaving = true;
    uint32_t count = client->publications != NULL ? client->publications->len : 0;
    for (uint32_t i = 0; i < count; i++) {
        const SimPublished *entry = &g_array_index(client->publications, SimPublished, i);
        sim_http_ask(client, sim_client_request(client, SIM_OP_DEREGISTER, SIM_ORIGIN_LEAVE,
                                                entry->service, entry->publication));
    }
    if (count == 0) {
        finish_close(client);
    }
}
