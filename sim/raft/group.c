/* sim/raft/group.c -- voters in the world: their processes, their calls, their timers. */
#include "sim/raft/server.h"

#include "core/message.h"
#include "sim/check/check.h"
#include "sim/naming/call.h"
#include "sim/study/study.h"

#define TEND_US G_USEC_PER_SEC /* JRaftServer#registerSelfToCluster tries every second */

/* A timer's payload: | stamp 40 | timer 4 | node 12 | */
enum {
    NODE_BITS = 12,
    TIMER_BITS = 4,
};

/* The names in JRaft's requests: "naming_persistent_service_v2", "10.0.0.1:7848". */
static const SimRaftNames NAMES = { .group = 28, .server = 13 };

/* --- looking up --------------------------------------------------------------------------- */

SimRaft *sim_raft_of(const SimWorld *world)
{
    return world->beside != NULL ? world->beside->data : NULL;
}

SimRaftServer *sim_raft_server(const SimNode *node)
{
    const SimRaft *raft = sim_raft_of(node->world);
    return raft != NULL ? raft->servers->pdata[node->index] : NULL;
}

SimRaftServer *sim_raft_running(const SimNode *node)
{
    SimRaftServer *server = sim_raft_server(node);
    return server != NULL && server->voter != NULL ? server : NULL;
}

SimRaftServer *sim_raft_peer(const SimRaftServer *server, uint64_t id)
{
    const GPtrArray *servers = server->group->servers;
    return id > 0 && id <= servers->len ? servers->pdata[id - 1] : NULL;
}

const SimRaftMachine *sim_raft_machine(const SimNode *node)
{
    const SimRaftServer *server = sim_raft_running(node);
    return server != NULL ? server->machine : NULL;
}

bool sim_raft_status(const SimNode *node, SimRaftStatus *status)
{
    const SimRaftServer *server = sim_raft_running(node);
    if (server == NULL) {
        return false;
    }
    const SimRaftServer *leader = sim_raft_peer(server, sim_raft_voter_leader(server->voter));
    *status = (SimRaftStatus) { .role = sim_raft_voter_role(server->voter),
                                .term = sim_raft_voter_term(server->voter),
                                .commit = sim_raft_voter_commit(server->voter),
                                .applied = sim_raft_voter_applied(server->voter),
                                .leader = leader != NULL ? leader->node : NULL };
    return true;
}

static bool knows_leader(void *data, const SimNode *node)
{
    (void)data;
    SimRaftStatus status;
    return sim_raft_status(node, &status) && status.leader != NULL;
}

/* --- timers ------------------------------------------------------------------------------- */

void sim_raft_set_timer(SimRaftServer *server, int64_t at_us, SimRaftTimer timer, uint64_t stamp)
{
    uint64_t payload = server->node->index;
    g_assert_cmpuint(payload, <, 1u << NODE_BITS);
    payload |= (uint64_t)timer << NODE_BITS | stamp << (NODE_BITS + TIMER_BITS);
    sim_event_queue_push(server->raft->world->queue, at_us,
                         sim_event_word(SIM_EVENT_BESIDE, payload));
}

static void set_process_timer(SimRaftServer *server, int64_t delay_us, SimRaftTimer timer)
{
    sim_raft_set_timer(server, server->raft->world->now_us + delay_us, timer,
                       server->node->incarnation);
}

void sim_raft_left_voter(SimRaftServer *server)
{
    const int64_t asked_us = sim_raft_voter_wake_us(server->voter);
    if (asked_us == INT64_MAX) {
        return;
    }
    const int64_t wake_us = MAX(asked_us + server->raft->began_us, server->raft->world->now_us);
    if (wake_us < server->wake_queued_us) {
        server->wake_queued_us = wake_us;
        sim_raft_set_timer(server, wake_us, SIM_RAFT_TIMER_WAKE, server->node->incarnation);
    }
}

static void wake(SimRaftServer *server)
{
    if (server->raft->world->now_us < server->wake_queued_us) {
        return; /* an earlier one took its place, and has queued another */
    }
    server->wake_queued_us = INT64_MAX;
    sim_raft_voter_wake(server->voter);
    sim_raft_left_voter(server);
}

/* --- what a voter asks for ---------------------------------------------------------------- */

static int64_t clock_us(const SimRaftServer *server)
{
    return server->raft->world->now_us - server->raft->began_us;
}

static int64_t now_us(void *data)
{
    return clock_us(data);
}

static uint64_t below(void *data, uint64_t bound)
{
    return sim_prng_below(&((SimRaftServer *)data)->chance, bound);
}

static SimOp op_of(SimRaftCall kind)
{
    static const SimOp ops[] = { [SIM_RAFT_CALL_APPEND] = SIM_OP_APPEND,
                                 [SIM_RAFT_CALL_PREVOTE] = SIM_OP_PREVOTE,
                                 [SIM_RAFT_CALL_VOTE] = SIM_OP_VOTE,
                                 [SIM_RAFT_CALL_INSTALL] = SIM_OP_INSTALL,
                                 [SIM_RAFT_CALL_TIMEOUT_NOW] = SIM_OP_VOTE };
    return ops[kind];
}

/* The ticket's halves stand where a call's peer and client would. */
static void call(void *data, uint64_t to, SimRaftCall kind, uint64_t ticket, GBytes *request,
                 uint32_t size, int64_t timeout_us)
{
    const SimRaftServer *server = data;
    const SimRaftServer *peer = sim_raft_peer(server, to);
    g_assert_nonnull(peer);
    const SimCall made = {
        .from = sim_node_endpoint(server->node->index),
        .to = sim_node_endpoint(peer->node->index),
        .op = op_of(kind),
        .path = DISTRO_PATH_PUSH,
        .timeout_us = timeout_us,
        .bytes = size,
        .ticket = { .peer = (uint32_t)(ticket >> 32), .client = (uint32_t)ticket },
        .frame = { .body = request },
    };
    sim_network_call(server->raft->world->network, server->raft->world->now_us, &made);
}

static void answer(void *data, uint64_t call, GBytes *bytes, uint32_t size)
{
    const SimRaftServer *server = data;
    DistroFrame frame =
        sim_client_answer(bytes != NULL ? DISTRO_STATUS_OK : DISTRO_STATUS_HTTP_ERROR, 0);
    frame.body = bytes;
    sim_network_answer(server->raft->world->network, server->raft->world->now_us, call, &frame,
                       size);
}

static void apply(void *data, uint64_t index, uint64_t term, GBytes *command)
{
    SimRaftServer *server = data;
    sim_raft_safety_applied(server->group->safety, server->id, index, term, command);
    sim_persistent_apply(server, index, command);
}

static GBytes *save(void *data)
{
    return sim_raft_machine_save(((SimRaftServer *)data)->machine);
}

static void restore(void *data, uint64_t index, GBytes *state)
{
    (void)index;
    sim_persistent_restore(data, state);
}

static void written(void *data, uint64_t number, SimRaftOutcome outcome)
{
    sim_raft_on_written(data, number, outcome);
}

static void trace(const SimRaftServer *server, SimTraceKind kind, const SimRaftServer *object,
                  uint64_t value)
{
    SimWorld *world = server->raft->world;
    sim_world_trace(world, kind, sim_node_endpoint(server->node->index),
                    object != NULL ? sim_node_endpoint(object->node->index) : SIM_NO_ENDPOINT, 0,
                    (int64_t)value);
    world->changed = true;
}

static void hear_event(void *data, const SimRaftEvent *event)
{
    SimRaftServer *server = data;
    sim_raft_safety_event(server->group->safety, server->id, event);
    switch (event->kind) {
    case SIM_RAFT_ELECTED:
        trace(server, SIM_TRACE_RAFT_LEADER, NULL, event->term);
        sim_raft_tend(server);
        break;
    case SIM_RAFT_STEPDOWN:
        trace(server, SIM_TRACE_RAFT_STEPDOWN, NULL, event->term);
        break;
    case SIM_RAFT_VOTED:
        trace(server, SIM_TRACE_RAFT_VOTE, sim_raft_peer(server, event->server), event->term);
        break;
    case SIM_RAFT_COMMIT:
        trace(server, SIM_TRACE_RAFT_COMMIT, NULL, event->index);
        break;
    case SIM_RAFT_SNAPSHOT:
        trace(server, SIM_TRACE_RAFT_SNAPSHOT, NULL, event->index);
        break;
    case SIM_RAFT_INSTALLED:
        trace(server, SIM_TRACE_RAFT_SNAPSHOT,
              sim_raft_peer(server, sim_raft_voter_leader(server->voter)), event->index);
        break;
    case SIM_RAFT_FOLLOWS:
    case SIM_RAFT_DISK_REFUSED:
    case SIM_RAFT_GAVE_UP:
        server->raft->world->changed = true;
        break;
    case SIM_RAFT_APPENDED:
    case SIM_RAFT_TRUNCATED:
        break;
    }
}

static SimRaftHost host_of(SimRaftServer *server)
{
    return (SimRaftHost) { .data = server,
                           .now_us = now_us,
                           .below = below,
                           .call = call,
                           .answer = answer,
                           .apply = apply,
                           .save = save,
                           .restore = restore,
                           .written = written,
                           .event = hear_event };
}

/* --- processes ---------------------------------------------------------------------------- */

static void hear_breach(void *data, const SimRaftBreach *breach)
{
    const SimRaftGroup *group = data;
    static const SimCheckKind checks[SIM_RAFT_N_PROPERTIES] = {
        [SIM_RAFT_ELECTION_SAFETY] = SIM_CHECK_ELECTION_SAFETY,
        [SIM_RAFT_LOG_MATCHING] = SIM_CHECK_LOG_MATCHING,
        [SIM_RAFT_LEADER_COMPLETENESS] = SIM_CHECK_LEADER_COMPLETENESS,
        [SIM_RAFT_STATE_MACHINE_SAFETY] = SIM_CHECK_STATE_MACHINE_SAFETY,
    };
    const SimRaftServer *server = group->servers->pdata[breach->server - 1];
    const char *other =
        breach->other > 0
            ? ((const SimRaftServer *)group->servers->pdata[breach->other - 1])->node->name
            : "what was committed";
    sim_checks_report(group->raft->world->study->checks, checks[breach->property],
                      server->node->index,
                      g_strdup_printf("%s contradicts %s in term %" G_GUINT64_FORMAT
                                      ", at index %" G_GUINT64_FORMAT,
                                      server->node->name, other, breach->term, breach->index));
}

static SimRaftGroup *group_of_cluster(SimRaft *raft, uint32_t cluster)
{
    while (raft->groups->len <= cluster) {
        SimRaftGroup *group = g_new0(SimRaftGroup, 1);
        group->raft = raft;
        group->cluster = raft->groups->len;
        group->servers = g_ptr_array_new();
        group->safety = sim_raft_safety_new(hear_breach, group);
        group->history = sim_history_new();
        group->last = g_array_new(false, false, sizeof(SimRaftLast));
        group->last_of = g_hash_table_new_full(sim_hash_pair, g_int64_equal, g_free, NULL);
        g_ptr_array_add(raft->groups, group);
    }
    return raft->groups->pdata[cluster];
}

static void free_group(gpointer data)
{
    SimRaftGroup *group = data;
    g_ptr_array_unref(group->servers);
    sim_raft_safety_free(group->safety);
    sim_history_free(group->history);
    g_array_unref(group->last);
    g_hash_table_unref(group->last_of);
    g_free(group);
}

static void added(void *data, SimNode *node)
{
    SimRaft *raft = data;
    g_autofree char *stream = g_strdup_printf("raft/%s", node->name);
    SimRaftServer *server = g_new0(SimRaftServer, 1);
    server->raft = raft;
    server->group = group_of_cluster(raft, node->cluster);
    server->node = node;
    g_autofree char *checks = g_strdup_printf("raft/%s/checks", node->name);
    server->chance = sim_prng_stream(raft->world->seed, stream);
    server->check_chance = sim_prng_stream(raft->world->seed, checks);
    server->disk = sim_raft_disk_new();
    server->wake_queued_us = INT64_MAX;
    g_ptr_array_add(server->group->servers, server);
    server->id = server->group->servers->len;
    g_assert_cmpuint(node->index, ==, raft->servers->len);
    g_ptr_array_add(raft->servers, server);
}

static void format_disk(SimRaftServer *server)
{
    g_autoptr(GBytes) configuration = sim_raft_first_configuration(server->group->founders);
    sim_raft_disk_format(server->disk, configuration);
}

static void take_disk(SimRaftServer *server)
{
    server->wiped = false;
    sim_raft_disk_wipe(server->disk);
    if (!server->group->has_changed && server->id <= server->group->founders) {
        format_disk(server);
    }
}

static void start(SimRaftServer *server)
{
    const SimRaftTimes times = sim_raft_times_default();
    const SimRaftHost host = host_of(server);
    SimWorld *world = server->raft->world;
    server->machine = sim_raft_machine_new(world->dictionary);
    server->expiry = sim_expiry_new();
    server->known_leader = 0;
    sim_raft_writes_begin(server);
    sim_raft_safety_started(server->group->safety, server->id,
                            sim_raft_disk_read(server->disk, clock_us(server)));
    server->voter = sim_raft_voter_new(server->id, NAMES, &times, server->disk, &host);
    server->refresh_us =
        times.election_us + (int64_t)sim_prng_below(&server->chance, 5 * G_USEC_PER_SEC);
    set_process_timer(server, times.election_us, SIM_RAFT_TIMER_REFRESH);
    set_process_timer(server, SIM_EXPIRY_INTERVAL_US, SIM_RAFT_TIMER_EXPIRY);
    if (!sim_raft_voter_has_server(server->voter, server->id)) {
        sim_raft_tend(server);
    }
    sim_raft_left_voter(server);
    world->changed = true;
}

static void booted(void *data, SimNode *node)
{
    (void)data;
    SimRaftServer *server = sim_raft_server(node);
    server->wake_queued_us = INT64_MAX;
    server->tending = false;
    if (server->wiped) {
        take_disk(server);
    }
    if (node->config.start_us > 0) {
        set_process_timer(server, node->config.start_us, SIM_RAFT_TIMER_START);
    } else {
        start(server);
    }
}

static void ending(void *data, SimNode *node, bool orderly)
{
    (void)data;
    SimRaftServer *server = sim_raft_server(node);
    if (server->voter == NULL) {
        return;
    }
    if (orderly && sim_raft_voter_role(server->voter) == SIM_RAFT_LEADER) {
        sim_raft_voter_resign(server->voter);
    }
    g_clear_pointer(&server->voter, sim_raft_voter_free);
    sim_raft_disk_crash(server->disk, clock_us(server), below, server);
    sim_raft_writes_end(server);
    g_clear_pointer(&server->machine, sim_raft_machine_free);
    g_clear_pointer(&server->expiry, sim_expiry_free);
    g_clear_pointer(&server->checks, g_array_unref);
}

static void resumed(void *data, SimNode *node)
{
    (void)data;
    SimRaftServer *server = sim_raft_running(node);
    if (server != NULL) {
        sim_raft_voter_wake(server->voter);
        sim_raft_left_voter(server);
    }
}

/* --- membership --------------------------------------------------------------------------- */

void sim_raft_tend(SimRaftServer *server)
{
    if (!server->tending) {
        server->tending = true;
        set_process_timer(server, TEND_US, SIM_RAFT_TIMER_TEND);
    }
}

static bool is_member(const SimNode *node, const SimNode *other)
{
    for (guint i = 0; i < node->members->len; i++) {
        if (g_array_index(node->members, DistroName, i) == sim_node_name_for(other, node)) {
            return true;
        }
    }
    return node == other;
}

/* One change at a time: the next is tried a second later. False: nothing is left to do. */
static bool remove_a_server(SimRaftServer *leader)
{
    for (uint64_t id = 1; id <= leader->group->servers->len; id++) {
        const SimRaftServer *other = sim_raft_peer(leader, id);
        if (sim_raft_voter_has_server(leader->voter, id) && !is_member(leader->node, other->node)) {
            leader->group->has_changed = true;
            sim_raft_voter_remove_server(leader->voter, id);
            return true;
        }
    }
    return false;
}

/* Asks one peer after another to be added; those that do not lead do nothing. */
static void ask_to_be_added(SimRaftServer *server)
{
    const GPtrArray *servers = server->group->servers;
    for (guint i = 0; i < servers->len; i++) {
        const SimRaftServer *peer = servers->pdata[server->join_at++ % servers->len];
        if (peer == server || !is_member(server->node, peer->node)) {
            continue;
        }
        const SimCall made = { .from = sim_node_endpoint(server->node->index),
                               .to = sim_node_endpoint(peer->node->index),
                               .op = SIM_OP_WRITE,
                               .path = DISTRO_PATH_PUSH,
                               .timeout_us = sim_raft_times_default().rpc_us,
                               .bytes = NAMES.group + 2 * NAMES.server };
        sim_network_call(server->raft->world->network, server->raft->world->now_us, &made);
        return;
    }
}

static void tend(SimRaftServer *server)
{
    server->tending = false;
    bool again = false;
    if (sim_raft_voter_role(server->voter) == SIM_RAFT_FAILED) {
        return;
    }
    if (!sim_raft_voter_has_server(server->voter, server->id) && server->node->member) {
        ask_to_be_added(server);
        again = true;
    } else if (sim_raft_voter_role(server->voter) == SIM_RAFT_LEADER) {
        again = remove_a_server(server);
        sim_raft_left_voter(server);
    }
    if (again) {
        sim_raft_tend(server);
    }
}

static void members_changed(void *data, SimNode *node)
{
    (void)data;
    SimRaftServer *server = sim_raft_running(node);
    if (server != NULL) {
        sim_raft_tend(server);
    }
}

/* A request to be added has no body. */
static void add_server(SimRaftServer *leader, const SimCall *call)
{
    const SimRaftServer *asker = sim_raft_server(sim_world_node(leader->raft->world, call->from));
    if (sim_raft_voter_role(leader->voter) == SIM_RAFT_LEADER && asker->group == leader->group &&
        is_member(leader->node, asker->node)) {
        leader->group->has_changed = true;
        sim_raft_voter_add_server(leader->voter, asker->id);
        sim_raft_left_voter(leader);
    }
}

/* --- from the network --------------------------------------------------------------------- */

static void on_request(void *data, SimNode *node, uint64_t id)
{
    SimRaft *raft = data;
    SimRaftServer *server = sim_raft_running(node);
    const SimCall *call = sim_network_find_call(raft->world->network, id);
    if (server == NULL) {
        sim_network_refuse(raft->world->network, raft->world->now_us, id);
        return;
    }
    if (call->op == SIM_OP_WRITE && call->frame.body == NULL) {
        add_server(server, call);
        answer(server, id, NULL, 0);
    } else if (call->op == SIM_OP_WRITE) {
        sim_raft_on_write(server, id);
    } else {
        const uint64_t from = sim_raft_server(sim_world_node(raft->world, call->from))->id;
        g_autoptr(GBytes) request = g_bytes_ref(call->frame.body);
        sim_raft_voter_asked(server->voter, from, id, request);
        sim_raft_left_voter(server);
    }
}

static void on_outcome(void *data, SimNode *node, uint64_t id, DistroOutcome outcome,
                       const DistroFrame *frame)
{
    SimRaft *raft = data;
    SimRaftServer *server = sim_raft_running(node);
    const SimCall call = *sim_network_find_call(raft->world->network, id);
    if (server == NULL) {
        return;
    }
    if (call.op == SIM_OP_WRITE) {
        sim_raft_on_write_outcome(server, &call, outcome, frame);
        return;
    }
    if (call.op == SIM_OP_CHECK) {
        sim_health_outcome(server, &call, outcome, frame);
        return;
    }
    const uint64_t ticket = (uint64_t)call.ticket.peer << 32 | call.ticket.client;
    g_autoptr(GBytes) bytes =
        frame != NULL && frame->body != NULL ? g_bytes_ref(frame->body) : NULL;
    sim_raft_voter_answered(server->voter, ticket, bytes);
    sim_raft_left_voter(server);
}

/* --- timers go off ------------------------------------------------------------------------ */

static void refresh(SimRaftServer *server)
{
    const uint64_t leader = sim_raft_voter_leader(server->voter);
    if (leader != 0) {
        server->known_leader = leader;
    }
    set_process_timer(server, server->refresh_us, SIM_RAFT_TIMER_REFRESH);
}

static void on_process_timer(SimRaftServer *server, SimRaftTimer timer)
{
    switch (timer) {
    case SIM_RAFT_TIMER_WAKE:
        wake(server);
        break;
    case SIM_RAFT_TIMER_REFRESH:
        refresh(server);
        break;
    case SIM_RAFT_TIMER_TEND:
        tend(server);
        break;
    case SIM_RAFT_TIMER_EXPIRY:
        sim_persistent_expire(server);
        set_process_timer(server, SIM_EXPIRY_INTERVAL_US, SIM_RAFT_TIMER_EXPIRY);
        break;
    default:
        g_assert_not_reached();
    }
}

static void end_disk_faults(SimRaftServer *server)
{
    const SimRaftDiskFaults none = { .latency_us = SIM_RAFT_DISK_LATENCY_US };
    sim_raft_disk_set_faults(server->disk, &none);
}

/* A frozen process' timers go off when it resumes; WAKE's is then found by resumed(). */
static bool is_put_off(SimRaftServer *server, SimRaftTimer timer, uint64_t stamp)
{
    if (!server->node->paused) {
        return false;
    }
    if (timer == SIM_RAFT_TIMER_WAKE) {
        server->wake_queued_us = INT64_MAX;
    } else {
        sim_raft_set_timer(server, server->node->paused_until_us, timer, stamp);
    }
    return true;
}

static void on_event(void *data, uint64_t payload)
{
    const SimRaft *raft = data;
    SimRaftServer *server = raft->servers->pdata[payload & ((1u << NODE_BITS) - 1)];
    const SimRaftTimer timer = (SimRaftTimer)(payload >> NODE_BITS & ((1u << TIMER_BITS) - 1));
    const uint64_t stamp = payload >> (NODE_BITS + TIMER_BITS);
    if (timer == SIM_RAFT_TIMER_DISK) {
        if (stamp == server->disk_faults) {
            end_disk_faults(server);
        }
        return;
    }
    if (is_put_off(server, timer, stamp)) {
        return;
    }
    if (timer == SIM_RAFT_TIMER_WRITE || timer == SIM_RAFT_TIMER_SETTLE) {
        sim_raft_write_timer(server, timer, stamp);
        return;
    }
    if (timer == SIM_RAFT_TIMER_CHECK) {
        sim_health_timer(server, stamp);
        return;
    }
    if (stamp != server->node->incarnation || !server->node->alive) {
        return;
    }
    if (timer == SIM_RAFT_TIMER_START) {
        start(server);
    } else if (server->voter != NULL) {
        on_process_timer(server, timer);
    }
}

/* --- disks -------------------------------------------------------------------------------- */

void sim_raft_set_disk(SimNode *node, const SimRaftDiskFaults *faults, int64_t for_us)
{
    SimRaftServer *server = sim_raft_server(node);
    server->disk_faults = ++server->raft->last_number;
    sim_raft_disk_set_faults(server->disk, faults);
    sim_raft_set_timer(server, node->world->now_us + for_us, SIM_RAFT_TIMER_DISK,
                       server->disk_faults);
}

void sim_raft_wipe(SimNode *node)
{
    sim_raft_server(node)->wiped = true;
}

static void redraw(void *data, uint64_t seed)
{
    const SimRaft *raft = data;
    for (guint i = 0; i < raft->servers->len; i++) {
        SimRaftServer *server = raft->servers->pdata[i];
        sim_prng_redraw(&server->chance, seed);
        sim_prng_redraw(&server->check_chance, seed);
    }
}

/* --- life --------------------------------------------------------------------------------- */

static void free_server(gpointer data)
{
    SimRaftServer *server = data;
    g_clear_pointer(&server->voter, sim_raft_voter_free);
    g_clear_pointer(&server->machine, sim_raft_machine_free);
    g_clear_pointer(&server->expiry, sim_expiry_free);
    g_clear_pointer(&server->checks, g_array_unref);
    sim_raft_writes_drop(server);
    sim_raft_disk_free(server->disk);
    g_free(server);
}

static void free_raft(void *data)
{
    SimRaft *raft = data;
    g_ptr_array_unref(raft->servers);
    g_ptr_array_unref(raft->groups);
    g_hash_table_unref(raft->merged);
    g_free(raft);
}

static void finish(void *data)
{
    SimRaft *raft = data;
    for (guint i = 0; i < raft->groups->len && !raft->judged; i++) {
        SimRaftGroup *group = raft->groups->pdata[i];
        uint64_t key;
        sim_raft_read_all(group);
        if (!sim_history_check(group->history, &key)) {
            sim_checks_report(raft->world->study->checks, SIM_CHECK_LINEARIZABLE_WRITES, UINT32_MAX,
                              g_strdup("no order of the writes explains what the leader read "
                                       "after each"));
        }
    }
    raft->judged = true;
}

void sim_raft_attach(SimWorld *world)
{
    g_assert_null(world->beside);
    SimRaft *raft = g_new0(SimRaft, 1);
    raft->world = world;
    raft->began_us = world->now_us;
    raft->servers = g_ptr_array_new_with_free_func(free_server);
    raft->groups = g_ptr_array_new_with_free_func(free_group);
    raft->merged = g_hash_table_new(NULL, NULL);
    const SimBeside beside = { .data = raft,
                               .free = free_raft,
                               .added = added,
                               .booted = booted,
                               .ending = ending,
                               .resumed = resumed,
                               .members_changed = members_changed,
                               .on_request = on_request,
                               .on_outcome = on_outcome,
                               .on_event = on_event,
                               .redraw = redraw,
                               .on_client = sim_persistent_on_client,
                               .complete = sim_persistent_complete,
                               .has = sim_persistent_has,
                               .leads = knows_leader,
                               .published = sim_persistent_published,
                               .finish = finish };
    world->beside = g_memdup2(&beside, sizeof beside);
    for (guint i = 0; i < world->nodes->len; i++) {
        added(raft, sim_world_node(world, i));
    }
    for (guint i = 0; i < raft->servers->len; i++) {
        SimRaftServer *server = raft->servers->pdata[i];
        server->group->founders = server->group->servers->len;
    }
    for (guint i = 0; i < raft->servers->len; i++) {
        format_disk(raft->servers->pdata[i]);
    }
}
