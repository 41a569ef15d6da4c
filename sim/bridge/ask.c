/* sim/bridge/ask.c -- one HTTP request of a worker: server after server, until one answers well.
 *
 * A request that finds a black hole pays for a connect, 3 s, unless it is given an idle connection
 * of the past: then it has been sent, and waits as long as reading may take (the bridge's .stall).
 * HttpURLConnection keeps up to five connections per server, for as long as the server says, 60 s.
 */
#include "sim/bridge/internal.h"

#include "sim/client/proxy.h"
#include "sim/naming/bytes.h"
#include "sim/naming/call.h"

#define KEEP_ALIVE_US 60000000 /* "Keep-Alive: timeout=60", as Tomcat answers */
enum {
    MOST_IDLE = 5 /* http.maxConnections */
};

static SimConnections *connections_to(SimNaming *naming, uint32_t position)
{
    return &g_array_index(naming->connections, SimConnections, position);
}

static bool take_idle(SimNaming *naming, uint32_t position)
{
    SimConnections *kept = connections_to(naming, position);
    if (naming->worker->world->now_us - kept->since_us >= KEEP_ALIVE_US) {
        kept->idle = 0;
    }
    if (kept->idle == 0) {
        return false;
    }
    kept->idle--;
    return true;
}

static void give_back(SimNaming *naming, uint32_t position)
{
    SimConnections *kept = connections_to(naming, position);
    kept->idle = MIN(kept->idle + 1, MOST_IDLE);
    kept->since_us = naming->worker->world->now_us;
}

static SimCall call_for(const SimAsk *ask)
{
    SimWorker *worker = ask->naming->worker;
    DistroDictionary *dictionary = worker->world->dictionary;
    if (ask->op == SIM_OP_SERVICES) {
        return (SimCall) { .op = ask->op,
                           .bytes = sim_bytes_http_services(dictionary, worker->bridge->group),
                           .payload = { worker->bridge->space, worker->bridge->group } };
    }
    if (ask->op != SIM_OP_QUERY) {
        return sim_proxy_write(dictionary, ask->op, ask->light, ask->service, ask->publication);
    }
    SimCall call = sim_proxy_query(dictionary, ask->service);
    call.payload[1] = ask->silent;
    return call;
}

static uint32_t position_of_try(const SimAsk *ask)
{
    return (ask->first + ask->tries - 1) % ask->naming->nodes->len;
}

static void send_try(SimAsk *ask)
{
    SimWorker *worker = ask->naming->worker;
    const SimNetwork *network = worker->world->network;
    SimCall call = call_for(ask);
    ask->tries++;
    ask->node = g_array_index(ask->naming->nodes, uint32_t, position_of_try(ask));
    call.from = sim_worker_self(worker);
    call.to = sim_node_endpoint(ask->node);
    call.ticket.serial = ask->serial;
    bool reused = take_idle(ask->naming, position_of_try(ask));
    call.timeout_us = SIM_PROXY_READ_TIMEOUT_US;
    if (sim_proxy_black_hole(network, call.from, call.to)) {
        call.timeout_us = reused ? worker->bridge->spec->stall_us : SIM_PROXY_CONNECT_TIMEOUT_US;
    }
    SimTrace *trace = worker->world->trace;
    uint32_t before = sim_trace_reason(trace);
    sim_trace_because(trace, ask->cause ? ask->cause : before);
    sim_network_call(worker->world->network, worker->world->now_us, &call);
    sim_trace_because(trace, before);
}

void sim_ask(SimNaming *naming, const SimAsk *ask)
{
    SimWorker *worker = naming->worker;
    SimAsk *made = g_memdup2(ask, sizeof *ask);
    made->naming = naming;
    made->serial = sim_worker_serial(worker);
    made->first = (uint32_t)sim_prng_below(&worker->prng, naming->nodes->len);
    made->tries = 0;
    g_hash_table_insert(worker->asks, GUINT_TO_POINTER(made->serial), made);
    send_try(made);
}

static void end(SimAsk *ask, SimAnswer how, const DistroFrame *answer)
{
    SimWorker *worker = ask->naming->worker;
    g_hash_table_steal(worker->asks, GUINT_TO_POINTER(ask->serial));
    ask->done(worker, ask, how, answer);
    g_free(ask);
}

void sim_ask_outcome(SimWorker *worker, const SimCall *call, DistroOutcome outcome,
                     const DistroFrame *answer)
{
    SimAsk *ask = g_hash_table_lookup(worker->asks, GUINT_TO_POINTER(call->ticket.serial));
    if (ask == NULL) {
        return;
    }
    bool answered = outcome == DISTRO_OUTCOME_ANSWERED;
    DistroStatus status = answered ? sim_client_answer_status(answer) : DISTRO_STATUS_HTTP_ERROR;
    if (answered) {
        give_back(ask->naming, position_of_try(ask));
    }
    if (answered && status == DISTRO_STATUS_OK) {
        end(ask, SIM_ANSWER_OK, answer);
    } else if (answered && status == DISTRO_STATUS_BEAT_UNKNOWN) {
        end(ask, SIM_ANSWER_UNKNOWN, answer);
    } else if (ask->tries < sim_proxy_tries(ask->naming->nodes->len)) {
        send_try(ask);
    } else {
        end(ask, SIM_ANSWER_FAILED, NULL);
    }
}
