/* sim/bridge/view.c -- lists that the worker's clients hold: HostReactor of 1.4.7.
 *
 *      first call ---> list ---> poll every 10 s, or 1 s << failures (at most 60 s)
 *                        ^------ push, which the next poll then only refreshes
 *                        '-> another list than before: an event, for the one publisher thread
 *
 * A first call that fails is swallowed: the cache holds an empty entry from then on, and who asked
 * is told that the service has no instances. */
#include "sim/bridge/internal.h"

#include "sim/client/proxy.h"
#include "sim/naming/bytes.h"
#include "sim/naming/call.h"
#include "sim/naming/list.h"

#include <string.h>

enum {
    MOST_EVENTS = 16384 /* NotifyCenter.ringBufferSize */
};

static SimView *view_at(const SimWorker *worker, uint32_t number)
{
    return worker->views->pdata[number - 1];
}

SimView *sim_view_of(const SimNaming *naming, DistroService service)
{
    return g_hash_table_lookup(naming->view_of, GUINT_TO_POINTER(service));
}

static SimView *add_view(SimNaming *naming, DistroService service)
{
    SimWorker *worker = naming->worker;
    SimView *view = g_new0(SimView, 1);
    view->naming = naming;
    view->service = service;
    g_ptr_array_add(worker->views, view);
    view->number = worker->views->len;
    g_hash_table_insert(naming->view_of, GUINT_TO_POINTER(service), view);
    return view;
}

void sim_view_free(gpointer data)
{
    SimView *view = data;
    if (view->list != 0) {
        sim_list_unref(view->naming->worker->world, view->list);
    }
    g_free(view);
}

/* --- what it holds ---------------------------------------------------------------------------- */

static bool poll_thread(SimWorker *worker, uint32_t stamp);

void sim_naming_init(SimNaming *naming, SimWorker *worker, const GArray *nodes)
{
    uint32_t threads = MAX(worker->bridge->spec->cores / 2, 1);
    *naming = (SimNaming) { .worker = worker, .nodes = nodes };
    naming->view_of = g_hash_table_new(NULL, NULL);
    naming->connections = g_array_new(false, true, sizeof(SimConnections));
    g_array_set_size(naming->connections, nodes->len);
    sim_slots_init(&naming->pollers, worker, threads, poll_thread);
}

void sim_naming_clear(SimNaming *naming)
{
    sim_slots_clear(&naming->pollers);
    g_clear_pointer(&naming->view_of, g_hash_table_unref);
    g_clear_pointer(&naming->connections, g_array_unref);
}

static bool same_hosts(const SimWorld *world, uint32_t a, uint32_t b)
{
    uint32_t n_a, n_b;
    const DistroListing *left = sim_list_items(world, a, &n_a);
    const DistroListing *right = sim_list_items(world, b, &n_b);
    return n_a == n_b && (n_a == 0 || memcmp(left, right, n_a * sizeof *left) == 0);
}

/* InstancesChangeEvent. The queue of the publisher is bounded, and a thread that finds it full does
 * its work itself (DefaultPublisher#publish). */
static void raise_event(SimView *view)
{
    SimWorker *worker = view->naming->worker;
    if (sim_slots_waiting(&worker->events) < MOST_EVENTS) {
        sim_slots_submit(&worker->events, view->number);
    } else if (view->listener != NULL) {
        sim_job_run(worker, SIM_JOB_RESYNC, view->listener, SIM_CALLER_NOBODY, 0);
    }
}

bool sim_view_event(SimWorker *worker, uint32_t number)
{
    SimView *view = view_at(worker, number);
    if (view->listener == NULL) {
        return false;
    }
    sim_job_run(worker, SIM_JOB_RESYNC, view->listener, SIM_CALLER_EVENT, 0);
    return true;
}

static void take_list(SimView *view, uint32_t list)
{
    SimWorld *world = view->naming->worker->world;
    uint32_t before = view->list;
    if (list == before) {
        return;
    }
    bool news = !same_hosts(world, before, list);
    view->list = sim_list_ref(world, list);
    if (before != 0) {
        sim_list_unref(world, before);
    }
    if (news) {
        raise_event(view);
    }
}

static void tell_job(SimJob *job, bool ok, uint32_t list)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(job->worker->world, list, &count);
    sim_job_listed(job, ok, items, count);
}

/* --- polling ---------------------------------------------------------------------------------- */

static void set_poll_timer(SimView *view, int64_t delay_us)
{
    SimWorker *worker = view->naming->worker;
    view->stamp = sim_worker_serial(worker);
    g_hash_table_insert(worker->polled, GUINT_TO_POINTER(view->stamp), view);
    sim_worker_set_timer(worker, delay_us, SIM_WORKER_POLL, view->stamp);
}

static SimView *find_polled(const SimWorker *worker, uint32_t stamp)
{
    return g_hash_table_lookup(worker->polled, GUINT_TO_POINTER(stamp));
}

static bool is_empty(const SimView *view)
{
    uint32_t count;
    sim_list_items(view->naming->worker->world, view->list, &count);
    return count == 0;
}

static void polled(SimWorker *worker, const SimAsk *ask, SimAnswer how, const DistroFrame *answer)
{
    SimView *view = find_polled(worker, ask->token);
    g_assert_nonnull(view);
    g_hash_table_remove(worker->polled, GUINT_TO_POINTER(ask->token));
    bool ok = how == SIM_ANSWER_OK;
    view->called |= ok;
    if (ok && !view->pushed) {
        take_list(view, sim_client_answer_word(answer));
    }
    view->pushed = false;
    bool good = ok && !is_empty(view);
    set_poll_timer(view, sim_proxy_poll_delay_us(good, SIM_PROXY_CACHE_US, &view->fail_count));
    sim_slots_release(&view->naming->pollers);
}

static bool poll_thread(SimWorker *worker, uint32_t stamp)
{
    const SimView *view = find_polled(worker, stamp);
    const SimAsk ask = {
        .op = SIM_OP_QUERY, .service = view->service, .token = stamp, .done = polled
    };
    sim_ask(view->naming, &ask);
    return true;
}

void sim_view_poll(SimWorker *worker, uint32_t stamp)
{
    SimView *view = find_polled(worker, stamp);
    if (view == NULL) {
        return;
    }
    if (view->unsubscribed) { /* HostReactor.UpdateTask#run stops itself */
        g_hash_table_remove(worker->polled, GUINT_TO_POINTER(stamp));
        view->stamp = 0;
        return;
    }
    sim_slots_submit(&view->naming->pollers, stamp);
}

/* --- first calls, calls past the cache -------------------------------------------------------- */

static void first_called(SimWorker *worker, const SimAsk *ask, SimAnswer how,
                         const DistroFrame *answer)
{
    SimView *view = sim_view_of(ask->naming, ask->service);
    bool ok = how == SIM_ANSWER_OK;
    bool good = ok || sim_bridge_has(worker->bridge, SIM_DEFECT_COLD_START_IS_EMPTY);
    view->called |= good;
    if (ok) {
        take_list(view, sim_client_answer_word(answer));
    }
    if (view->stamp == 0) {
        set_poll_timer(view, SIM_PROXY_POLL_FIRST_US);
    }
    SimJob *job = sim_job_find(worker, ask->token);
    if (job != NULL) {
        tell_job(job, good, view->list);
    }
}

void sim_view_read(SimNaming *naming, DistroService service, SimJob *job)
{
    SimView *view = sim_view_of(naming, service);
    if (view != NULL && view->unsubscribed && view->stamp == 0) {
        set_poll_timer(view, SIM_PROXY_POLL_FIRST_US); /* scheduleUpdateIfAbsent */
    }
    if (view != NULL && view->called) {
        tell_job(job, true, view->list);
        return;
    }
    if (view == NULL) {
        add_view(naming, service);
    }
    const SimAsk ask = { .op = SIM_OP_QUERY,
                         .service = service,
                         .token = job->serial,
                         .cause = job->cause,
                         .done = first_called };
    sim_ask(naming, &ask);
}

static void asked(SimWorker *worker, const SimAsk *ask, SimAnswer how, const DistroFrame *answer)
{
    SimJob *job = sim_job_find(worker, ask->token);
    bool ok = how == SIM_ANSWER_OK;
    if (job != NULL) {
        tell_job(job, ok, ok ? sim_client_answer_word(answer) : 0);
    }
}

void sim_view_ask(SimNaming *naming, DistroService service, SimJob *job)
{
    const SimAsk ask = {
        .op = SIM_OP_QUERY, .silent = true, .service = service, .token = job->serial, .done = asked
    };
    sim_ask(naming, &ask);
}

/* --- pushes ----------------------------------------------------------------------------------- */

static bool has_node(const SimNaming *naming, uint32_t node)
{
    for (guint i = 0; i < naming->nodes->len; i++) {
        if (g_array_index(naming->nodes, uint32_t, i) == node) {
            return true;
        }
    }
    return false;
}

static bool gets_through(const SimWorker *worker, uint32_t node)
{
    const SimBridgeSpec *spec = worker->bridge->spec;
    return spec->udp == SIM_BRIDGE_PUSHES_ALL ||
           (spec->udp == SIM_BRIDGE_PUSHES_OF_SITE &&
            sim_world_node(worker->world, node)->site == spec->site);
}

void sim_view_pushed(SimWorker *worker, uint64_t id)
{
    SimWorld *world = worker->world;
    const SimCall *push = sim_network_find_call(world->network, id);
    if (push == NULL || push->op != SIM_OP_PUSH || !gets_through(worker, push->from)) {
        return;
    }
    const SimNaming *naming =
        has_node(&worker->source, push->from) ? &worker->source : &worker->destination;
    SimView *view = sim_view_of(naming, (DistroService)push->payload[0]);
    uint32_t list = sim_push_list(push->payload[0]);
    const DistroFrame answer = sim_client_answer(DISTRO_STATUS_OK, 0);
    sim_network_answer(world->network, world->now_us, id, &answer, sim_bytes_datagram_ack());
    if (view == NULL) {
        return;
    }
    view->pushed = true;
    take_list(view, list);
}
