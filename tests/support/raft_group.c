/* tests/support/raft_group.c -- see raft_group.h. */
#include "tests/support/raft_group.h"

#include "sim/base/event_queue.h"
#include "sim/base/prng.h"
#include "sim/raft/codec.h"

#include <string.h>

typedef enum EventKind {
    EVENT_REQUEST, /* arrives at .to */
    EVENT_ANSWER,  /* arrives at .from */
    EVENT_TIMEOUT, /* of .from's call */
    EVENT_WAKE,
} EventKind;

typedef struct Event {
    EventKind kind;
    uint32_t from, to;
    uint32_t incarnation; /* of .from */
    uint64_t ticket;
    GBytes *bytes;
} Event;

typedef struct Server {
    Group *group;
    uint32_t id;
    SimRaftDisk *disk;
    SimRaftVoter *voter;
    uint32_t incarnation;
    int64_t wake_us; /* for which an event is queued */
    uint64_t values[GROUP_KEYS];
    uint32_t events[SIM_RAFT_GAVE_UP + 1];
} Server;

/* A request that some server has not answered yet: the number it is known by there. */
typedef struct Asked {
    uint32_t from, to, incarnation, to_incarnation;
    uint64_t ticket;
    bool answered;
} Asked;

typedef struct Pending {
    GroupWrite outcome;
    uint32_t server, history;
    uint64_t key, value;
    int64_t asked_us, ended_us;
} Pending;

struct Group {
    uint64_t seed;
    int64_t now_us;
    uint32_t count; /* of servers */
    Server servers[GROUP_MOST + 1];
    bool cut[GROUP_MOST + 1][GROUP_MOST + 1];
    int64_t delay_us, jitter_us;
    int64_t hurry; /* timers are that much shorter */
    SimPrng prng, faults;
    SimEventQueue *queue;
    GPtrArray *events; /* Event by word */
    GArray *asked;     /* Asked */
    GArray *writes;    /* Pending */
    SimRaftSafety *safety;
    SimWriteHistory *history;
    uint32_t breaches[SIM_RAFT_N_PROPERTIES];
    uint64_t messages;
    uint64_t fingerprint;
};

static const SimRaftNames names = { .group = 28, .server = 13 };

/* --- chance and time ---------------------------------------------------------------------- */

static int64_t now_us(void *data)
{
    return ((Server *)data)->group->now_us;
}

static uint64_t below(void *data, uint64_t bound)
{
    return sim_prng_below(&((Server *)data)->group->prng, bound);
}

static void note(Group *group, uint64_t number)
{
    group->fingerprint = (group->fingerprint ^ number) * 1099511628211u;
}

static void free_event(gpointer data)
{
    Event *event = data;
    if (event != NULL && event->bytes != NULL) {
        g_bytes_unref(event->bytes);
    }
    g_free(event);
}

static void queue_event(Group *group, int64_t at_us, const Event *event)
{
    Event *mine = g_memdup2(event, sizeof *event);
    if (mine->bytes != NULL) {
        g_bytes_ref(mine->bytes);
    }
    g_ptr_array_add(group->events, mine);
    sim_event_queue_push(group->queue, at_us, group->events->len - 1);
}

static void schedule_wake(Server *server)
{
    if (server->voter == NULL) {
        return;
    }
    const int64_t wake_us = MAX(sim_raft_voter_wake_us(server->voter), server->group->now_us);
    if (wake_us != INT64_MAX && wake_us < server->wake_us) {
        server->wake_us = wake_us;
        queue_event(server->group, wake_us,
                    &(Event) { .kind = EVENT_WAKE,
                               .from = server->id,
                               .incarnation = server->incarnation });
    }
}

static int64_t draw_delay(Group *group)
{
    return group->delay_us +
           (group->jitter_us == 0 ? 0 : sim_prng_between(&group->prng, 0, group->jitter_us));
}

/* --- what a voter asks for ---------------------------------------------------------------- */

static void call(void *data, uint64_t to, SimRaftCall kind, uint64_t ticket, GBytes *request,
                 uint32_t size, int64_t timeout_us)
{
    Server *server = data;
    Group *group = server->group;
    const Event event = { .kind = EVENT_REQUEST,
                          .from = server->id,
                          .to = (uint32_t)to,
                          .incarnation = server->incarnation,
                          .ticket = ticket,
                          .bytes = request };
    group->messages++;
    note(group, (uint64_t)kind << 32 | size);
    queue_event(group, group->now_us + draw_delay(group), &event);
    queue_event(group, group->now_us + timeout_us,
                &(Event) { .kind = EVENT_TIMEOUT,
                           .from = server->id,
                           .incarnation = server->incarnation,
                           .ticket = ticket });
}

static void answer(void *data, uint64_t number, GBytes *bytes, uint32_t size)
{
    Server *server = data;
    Group *group = server->group;
    Asked *asked = &g_array_index(group->asked, Asked, number);
    g_assert_false(asked->answered);
    asked->answered = true;
    group->messages++;
    note(group, size);
    queue_event(group, group->now_us + draw_delay(group),
                &(Event) { .kind = EVENT_ANSWER,
                           .from = asked->from,
                           .to = asked->to,
                           .incarnation = asked->incarnation,
                           .ticket = asked->ticket,
                           .bytes = bytes });
}

/* --- the state machine: key, value -------------------------------------------------------- */

static void apply(void *data, uint64_t index, uint64_t term, GBytes *command)
{
    Server *server = data;
    SimReader in = sim_codec_reader_of(command);
    (void)sim_codec_get_u32(&in);
    const uint64_t key = sim_codec_get_u64(&in);
    server->values[key] = sim_codec_get_u64(&in);
    note(server->group, index << 32 | term);
    sim_raft_safety_applied(server->group->safety, server->id, index, term, command);
}

static GBytes *save(void *data)
{
    return g_bytes_new(((Server *)data)->values, sizeof(uint64_t) * GROUP_KEYS);
}

static void restore(void *data, uint64_t index, GBytes *state)
{
    Server *server = data;
    (void)index;
    memset(server->values, 0, sizeof server->values);
    if (state != NULL) {
        memcpy(server->values, g_bytes_get_data(state, NULL), sizeof server->values);
    }
}

static void written(void *data, uint64_t number, SimRaftOutcome outcome)
{
    Server *server = data;
    Group *group = server->group;
    Pending *write = &g_array_index(group->writes, Pending, number);
    write->ended_us = group->now_us;
    switch (outcome) {
    case SIM_RAFT_COMMITTED:
        write->outcome = GROUP_DONE;
        sim_history_end_write(group->history, write->history);
        sim_history_read(group->history, write->key, server->values[write->key]);
        break;
    case SIM_RAFT_NOT_LEADER:
        write->outcome = GROUP_REFUSED;
        sim_history_refuse_write(group->history, write->history);
        break;
    case SIM_RAFT_STEPPED_DOWN:
    case SIM_RAFT_DISK_FAILED:
        write->outcome = GROUP_UNKNOWN;
        break;
    }
}

static void hear_event(void *data, const SimRaftEvent *event)
{
    Server *server = data;
    server->events[event->kind]++;
    note(server->group, (uint64_t)event->kind << 56 ^ event->term << 32 ^ event->index);
    sim_raft_safety_event(server->group->safety, server->id, event);
}

static const SimRaftHost host = { .now_us = now_us,
                                  .below = below,
                                  .call = call,
                                  .answer = answer,
                                  .apply = apply,
                                  .save = save,
                                  .restore = restore,
                                  .written = written,
                                  .event = hear_event };

/* --- lives -------------------------------------------------------------------------------- */

static void hear_breach(void *data, const SimRaftBreach *breach)
{
    ((Group *)data)->breaches[breach->property]++;
}

void group_restart(Group *group, uint32_t id)
{
    Server *server = &group->servers[id];
    group_crash(group, id);
    server->incarnation++;
    server->wake_us = INT64_MAX;
    memset(server->values, 0, sizeof server->values);
    sim_raft_safety_started(group->safety, id, sim_raft_disk_read(server->disk, group->now_us));
    SimRaftHost mine = host;
    mine.data = server;
    SimRaftTimes times = sim_raft_times_default();
    times.election_us /= group->hurry;
    times.election_delay_us /= group->hurry;
    times.heartbeat_us /= group->hurry;
    times.rpc_us /= group->hurry;
    times.snapshot_us /= group->hurry * group->hurry;
    server->voter = sim_raft_voter_new(id, names, &times, server->disk, &mine);
    schedule_wake(server);
}

void group_crash(Group *group, uint32_t id)
{
    Server *server = &group->servers[id];
    if (server->voter == NULL) {
        return;
    }
    g_clear_pointer(&server->voter, sim_raft_voter_free);
    sim_raft_disk_crash(server->disk, group->now_us, below, server);
    for (guint i = 0; i < group->writes->len; i++) {
        Pending *write = &g_array_index(group->writes, Pending, i);
        if (write->server == id && write->outcome == GROUP_PENDING) {
            write->outcome = GROUP_UNKNOWN;
            write->ended_us = group->now_us;
        }
    }
}

static Server *add_server(Group *group)
{
    Server *server = &group->servers[++group->count];
    g_assert_cmpuint(group->count, <=, GROUP_MOST);
    *server = (Server) { .group = group, .id = group->count, .disk = sim_raft_disk_new() };
    return server;
}

uint32_t group_join(Group *group)
{
    const uint32_t id = add_server(group)->id;
    group_restart(group, id);
    return id;
}

static Group *make_group(uint32_t count, uint64_t seed, int64_t hurry)
{
    Group *group = g_new0(Group, 1);
    group->seed = seed;
    group->hurry = hurry;
    group->delay_us = US(150);
    group->prng = sim_prng_stream(seed, "group");
    group->faults = sim_prng_stream(seed, "faults");
    group->queue = sim_event_queue_new(0);
    group->events = g_ptr_array_new_with_free_func(free_event);
    group->asked = g_array_new(FALSE, FALSE, sizeof(Asked));
    group->writes = g_array_new(FALSE, FALSE, sizeof(Pending));
    group->safety = sim_raft_safety_new(hear_breach, group);
    group->history = sim_history_new();
    g_autoptr(GBytes) configuration = sim_raft_first_configuration(count);
    for (uint32_t i = 0; i < count; i++) {
        sim_raft_disk_format(add_server(group)->disk, configuration);
    }
    for (uint32_t id = 1; id <= count; id++) {
        group_restart(group, id);
    }
    return group;
}

Group *group_new(uint32_t count, uint64_t seed)
{
    return make_group(count, seed, 1);
}

Group *group_new_hurried(uint32_t count, uint64_t seed)
{
    return make_group(count, seed, 50);
}

void group_free(Group *group)
{
    if (group == NULL) {
        return;
    }
    for (uint32_t id = 1; id <= group->count; id++) {
        sim_raft_voter_free(group->servers[id].voter);
        sim_raft_disk_free(group->servers[id].disk);
    }
    sim_event_queue_free(group->queue);
    g_ptr_array_unref(group->events);
    g_array_unref(group->asked);
    g_array_unref(group->writes);
    sim_raft_safety_free(group->safety);
    sim_history_free(group->history);
    g_free(group);
}

/* --- the network -------------------------------------------------------------------------- */

static void deliver_request(Group *group, const Event *event)
{
    Server *to = &group->servers[event->to];
    const Asked asked = { .from = event->from,
                          .to = event->to,
                          .incarnation = event->incarnation,
                          .to_incarnation = to->incarnation,
                          .ticket = event->ticket };
    g_array_append_val(group->asked, asked);
    if (group->cut[event->from][event->to]) {
        return;
    }
    if (to->voter == NULL) {
        answer(to, group->asked->len - 1, NULL, 0);
        return;
    }
    sim_raft_voter_asked(to->voter, event->from, group->asked->len - 1, event->bytes);
    schedule_wake(to);
}

static void deliver_outcome(Group *group, const Event *event)
{
    Server *from = &group->servers[event->from];
    if (from->voter != NULL && from->incarnation == event->incarnation &&
        (event->kind == EVENT_TIMEOUT || !group->cut[event->to][event->from])) {
        sim_raft_voter_answered(from->voter, event->ticket, event->bytes);
        schedule_wake(from);
    }
}

static void handle_event(Group *group, const Event *event)
{
    Server *server = &group->servers[event->from];
    switch (event->kind) {
    case EVENT_REQUEST:
        deliver_request(group, event);
        break;
    case EVENT_ANSWER:
    case EVENT_TIMEOUT:
        deliver_outcome(group, event);
        break;
    case EVENT_WAKE:
        if (server->voter != NULL && server->incarnation == event->incarnation) {
            server->wake_us = INT64_MAX;
            sim_raft_voter_wake(server->voter);
            schedule_wake(server);
        }
        break;
    }
}

static bool step(Group *group, int64_t until_us)
{
    SimEvent next;
    if (!sim_event_queue_pop_by(group->queue, until_us, &next)) {
        group->now_us = until_us;
        return false;
    }
    group->now_us = next.at_us;
    Event *event = g_steal_pointer(&group->events->pdata[next.word]);
    handle_event(group, event);
    free_event(event);
    return true;
}

void group_run(Group *group, int64_t for_us)
{
    const int64_t until_us = group->now_us + for_us;
    while (step(group, until_us)) {
    }
}

int64_t group_now_us(const Group *group)
{
    return group->now_us;
}

void group_set_delay(Group *group, int64_t delay_us, int64_t jitter_us)
{
    group->delay_us = delay_us;
    group->jitter_us = jitter_us;
}

void group_cut(Group *group, uint32_t from, uint32_t to)
{
    group->cut[from][to] = true;
}

void group_isolate(Group *group, uint32_t server)
{
    for (uint32_t id = 1; id <= group->count; id++) {
        if (id != server) {
            group->cut[server][id] = group->cut[id][server] = true;
        }
    }
}

void group_heal(Group *group)
{
    memset(group->cut, 0, sizeof group->cut);
}

/* --- looking ------------------------------------------------------------------------------ */

uint32_t group_leader(const Group *group)
{
    uint32_t leader = 0;
    uint64_t term = 0;
    for (uint32_t id = 1; id <= group->count; id++) {
        const SimRaftVoter *voter = group->servers[id].voter;
        if (voter != NULL && sim_raft_voter_role(voter) == SIM_RAFT_LEADER &&
            sim_raft_voter_term(voter) > term) {
            leader = id;
            term = sim_raft_voter_term(voter);
        }
    }
    return leader;
}

bool group_await_leader(Group *group, uint32_t server, int64_t within_us)
{
    const int64_t until_us = group->now_us + within_us;
    while (server == 0 ? group_leader(group) == 0 : group_leader(group) != server) {
        if (!step(group, until_us)) {
            return false;
        }
    }
    return true;
}

SimRaftVoter *group_voter(const Group *group, uint32_t server)
{
    return group->servers[server].voter;
}

SimRaftDisk *group_disk(Group *group, uint32_t server)
{
    return group->servers[server].disk;
}

uint32_t group_write(Group *group, uint32_t id, uint64_t key, uint64_t value)
{
    Server *server = &group->servers[id];
    const uint32_t number = group->writes->len;
    const Pending write = { .server = id,
                            .key = key,
                            .value = value,
                            .asked_us = group->now_us,
                            .history = sim_history_begin_write(group->history, key, value) };
    g_array_append_val(group->writes, write);
    if (server->voter == NULL) {
        written(server, number, SIM_RAFT_NOT_LEADER);
        return number;
    }
    GByteArray *out = g_byte_array_new();
    sim_codec_put_u32(out, 300);
    sim_codec_put_u64(out, key);
    sim_codec_put_u64(out, value);
    g_autoptr(GBytes) command = g_byte_array_free_to_bytes(out);
    sim_raft_voter_write(server->voter, number, command);
    schedule_wake(server);
    return number;
}

GroupWrite group_outcome(const Group *group, uint32_t write)
{
    return g_array_index(group->writes, Pending, write).outcome;
}

int64_t group_took_us(const Group *group, uint32_t write)
{
    const Pending *pending = &g_array_index(group->writes, Pending, write);
    return pending->ended_us - pending->asked_us;
}

uint64_t group_read(const Group *group, uint32_t server, uint64_t key)
{
    return group->servers[server].values[key];
}

uint32_t group_breaches(const Group *group, SimRaftProperty property)
{
    return group->breaches[property];
}

uint32_t group_all_breaches(const Group *group)
{
    uint32_t all = 0;
    for (int property = 0; property < SIM_RAFT_N_PROPERTIES; property++) {
        all += group->breaches[property];
    }
    return all;
}

bool group_is_linearizable(const Group *group)
{
    return sim_history_check(group->history, NULL);
}

uint64_t group_messages(const Group *group)
{
    return group->messages;
}

uint32_t group_events(const Group *group, uint32_t server, SimRaftEventKind kind)
{
    return group->servers[server].events[kind];
}

uint64_t group_fingerprint(const Group *group)
{
    return group->fingerprint;
}

bool group_agrees(const Group *group)
{
    for (uint32_t id = 2; id <= group->count; id++) {
        if (memcmp(group->servers[id].values, group->servers[1].values,
                   sizeof group->servers[1].values) != 0) {
            return false;
        }
    }
    return true;
}

/* --- chaos -------------------------------------------------------------------------------- */

static uint32_t draw_server(Group *group)
{
    return 1 + (uint32_t)sim_prng_below(&group->faults, group->count);
}

static void draw_disk(Group *group)
{
    SimRaftDiskFaults faults = { .latency_us = sim_prng_between(&group->faults, 0, MS(20)),
                                 .torn = sim_prng_below(&group->faults, 2) == 0,
                                 .lose_unsynced = sim_prng_below(&group->faults, 4) != 0,
                                 .full = sim_prng_below(&group->faults, 12) == 0 };
    if (sim_prng_below(&group->faults, 5) == 0) {
        faults.latency_us *= 100;
    }
    sim_raft_disk_set_faults(group_disk(group, draw_server(group)), &faults);
}

static void draw_cut(Group *group)
{
    const uint32_t side = (uint32_t)sim_prng_below(&group->faults, 1u << group->count);
    for (uint32_t from = 1; from <= group->count; from++) {
        for (uint32_t to = 1; to <= group->count; to++) {
            const bool apart = ((side >> (from - 1)) ^ (side >> (to - 1))) & 1;
            group->cut[from][to] = apart && (from < to || sim_prng_below(&group->faults, 4) != 0);
        }
    }
}

static void draw_fault(Group *group)
{
    const uint32_t server = draw_server(group);
    switch (sim_prng_below(&group->faults, 7)) {
    case 0:
        group_crash(group, server);
        break;
    case 1:
    case 2:
        group_restart(group, server);
        break;
    case 3:
        draw_cut(group);
        break;
    case 4:
        group_heal(group);
        break;
    case 5:
        draw_disk(group);
        break;
    case 6:
        if (group_leader(group) != 0) {
            group_isolate(group, group_leader(group));
        }
        break;
    }
}

void group_chaos(Group *group, int64_t for_us)
{
    const int64_t until_us = group->now_us + for_us;
    uint64_t value = 0;
    for (uint32_t id = 1; id <= group->count; id++) {
        sim_raft_disk_set_faults(
            group_disk(group, id),
            &(SimRaftDiskFaults) { .latency_us = MS(2), .torn = true, .lose_unsynced = true });
    }
    while (group->now_us < until_us) {
        group_run(group, sim_prng_between(&group->faults, MS(1), MS(1500) / group->hurry));
        if (sim_prng_below(&group->faults, 6) == 0) {
            draw_fault(group);
        }
        const uint64_t burst = sim_prng_below(&group->faults, 4);
        for (uint64_t i = 0; i < burst; i++) {
            group_write(group,
                        group_leader(group) != 0 && sim_prng_below(&group->faults, 4) != 0
                            ? group_leader(group)
                            : draw_server(group),
                        sim_prng_below(&group->faults, GROUP_KEYS), ++value);
        }
    }
    group_heal(group);
    for (uint32_t id = 1; id <= group->count; id++) {
        sim_raft_disk_set_faults(group_disk(group, id),
                                 &(SimRaftDiskFaults) { .latency_us = MS(2) });
        group_restart(group, id);
    }
    group_run(group, S(60));
}
