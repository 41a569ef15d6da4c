/* sim/raft/write.c -- a write, from the server that took it to its end.
 *
 *      leads here?  --------------------------------------------> log ... applied: done
 *      leader known at the last refresh? --WRITE, 5 s--> there -> log ... applied, answer: done
 *      neither: no leader, at once
 *
 * Whatever becomes of it, the server answers after 10 s (JRaftProtocol#write). The leader as known
 * is JRaft's RouteTable, which Nacos refreshes every 5 to 10 s, the first time 5 s after the start
 * (JRaftServer#createMultiRaftGroup): until then, and after a change of leader until the next
 * refresh, writes go wrong at every server but the leader. A refresh asks a peer; here it asks the
 * server's own voter, which costs no message. */
#include "sim/naming/call.h"
#include "sim/raft/planted.h"
#include "sim/raft/server.h"

#define WRITE_US ((int64_t)10 * G_USEC_PER_SEC)
#define FORWARD_US ((int64_t)5 * G_USEC_PER_SEC) /* RaftOptions: rpcRequestTimeoutMs */

/* Of consistency.proto's Response: success alone, or with a sentence beside it. */
enum {
    ANSWER_DONE_SIZE = 2,
    ANSWER_ERROR_SIZE = 62,
};

/* --- the history -------------------------------------------------------------------------- */

/* What a command is about, as a number: an instance, its metadata, or a service's. */
static uint64_t subject_of(const SimRaftServer *server, const SimRaftCommand *command)
{
    DistroDictionary *dictionary = server->raft->world->dictionary;
    const uint64_t service = (uint64_t)command->service << 32;
    switch (command->kind) {
    case SIM_RAFT_REGISTER:
    case SIM_RAFT_UPDATE:
    case SIM_RAFT_DEREGISTER:
        return service | command->client;
    case SIM_RAFT_OVERRIDE_SET:
    case SIM_RAFT_OVERRIDE_DELETE: {
        g_autofree char *text = g_strdup_printf(
            "%s:%d:%s", distro_dictionary_text(dictionary, command->instance.ip),
            command->instance.port, distro_dictionary_text(dictionary, command->instance.cluster));
        return (uint64_t)1 << 63 | service | distro_dictionary_name(dictionary, text);
    }
    default:
        return (uint64_t)1 << 63 | service;
    }
}

/* Where an entry is applied for the first time no later one has been, so none has been told that
 * a later one is done: a read there and then would rightly see this one. */
static void note_last(SimRaftGroup *group, const SimRaftLast *last)
{
    const guint place = GPOINTER_TO_UINT(g_hash_table_lookup(group->last_of, &last->subject));
    if (place > 0 && last->command > 0) {
        g_array_index(group->last, SimRaftLast, place - 1) = *last;
    }
    if (place > 0) {
        return;
    }
    g_array_append_val(group->last, *last);
    g_hash_table_insert(group->last_of, g_memdup2(&last->subject, sizeof last->subject),
                        GUINT_TO_POINTER(group->last->len));
}

void sim_raft_note_applied(SimRaftServer *server, uint64_t index, const SimRaftCommand *command)
{
    SimRaftGroup *group = server->group;
    if (index <= group->applied_to || command->id == 0) {
        return;
    }
    group->applied_to = index;
    const SimRaftLast last = { .subject = subject_of(server, command), .command = command->id };
    sim_history_read(group->history, last.subject, last.command);
    note_last(group, &last);
}

void sim_raft_read_all(SimRaftGroup *group)
{
    for (guint i = 0; i < group->last->len; i++) {
        const SimRaftLast *last = &g_array_index(group->last, SimRaftLast, i);
        sim_history_read(group->history, last->subject, last->command);
    }
}

/* --- writes in hand ----------------------------------------------------------------------- */

void sim_raft_writes_begin(SimRaftServer *server)
{
    server->writes = g_array_new(false, false, sizeof(SimRaftWrite));
    server->served = g_array_new(false, false, sizeof(SimRaftServed));
}

void sim_raft_writes_drop(SimRaftServer *server)
{
    for (guint i = 0; server->writes != NULL && i < server->writes->len; i++) {
        const SimRaftWrite *write = &g_array_index(server->writes, SimRaftWrite, i);
        if (write->drop != NULL) {
            write->drop(write->data);
        }
    }
    g_clear_pointer(&server->writes, g_array_unref);
    g_clear_pointer(&server->served, g_array_unref);
}

static SimRaftWrite *find_write(const SimRaftServer *server, uint64_t number)
{
    for (guint i = 0; server->writes != NULL && i < server->writes->len; i++) {
        SimRaftWrite *write = &g_array_index(server->writes, SimRaftWrite, i);
        if (write->number == number) {
            return write;
        }
    }
    return NULL;
}

/* Told by a timer of the same instant: the waiting side may call the voter then. */
static void end_soon(SimRaftServer *server, SimRaftWrite *write, SimRaftWritten outcome)
{
    if (write->ended) {
        return;
    }
    write->ended = true;
    write->outcome = outcome;
    sim_raft_set_timer(server, server->raft->world->now_us, SIM_RAFT_TIMER_SETTLE, write->number);
}

static void tell_end(const SimRaftServer *server, const SimRaftWrite *write)
{
    if (write->outcome == SIM_RAFT_WRITE_DONE) {
        sim_history_end_write(server->group->history, write->history);
    } else if (write->outcome == SIM_RAFT_WRITE_NO_LEADER) {
        sim_history_refuse_write(server->group->history, write->history);
    }
    write->done(write->data, write->outcome);
}

static void settle(SimRaftServer *server, uint64_t number)
{
    const SimRaftWrite *found = find_write(server, number);
    if (found == NULL) {
        return;
    }
    const SimRaftWrite write = *found;
    g_array_remove_index(server->writes,
                         (guint)(found - (const SimRaftWrite *)(void *)server->writes->data));
    tell_end(server, &write);
}

void sim_raft_write_timer(SimRaftServer *server, SimRaftTimer timer, uint64_t stamp)
{
    SimRaftWrite *write = find_write(server, stamp);
    if (timer == SIM_RAFT_TIMER_SETTLE) {
        settle(server, stamp);
    } else if (write != NULL) {
        end_soon(server, write, SIM_RAFT_WRITE_TIMEOUT);
    }
}

void sim_raft_writes_end(SimRaftServer *server)
{
    g_autoptr(GArray) writes = g_steal_pointer(&server->writes);
    g_clear_pointer(&server->served, g_array_unref);
    for (guint i = 0; i < writes->len; i++) {
        SimRaftWrite *write = &g_array_index(writes, SimRaftWrite, i);
        if (!write->ended) {
            write->outcome = SIM_RAFT_WRITE_FAILED;
        }
        tell_end(server, write);
    }
}

/* --- at the server that took it ----------------------------------------------------------- */

static void forward(SimRaftServer *server, uint64_t number, GBytes *bytes)
{
    const SimRaftServer *leader = sim_raft_peer(server, server->known_leader);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    const SimCall call = {
        .from = sim_node_endpoint(server->node->index),
        .to = sim_node_endpoint(leader->node->index),
        .op = SIM_OP_WRITE,
        .path = DISTRO_PATH_PUSH,
        .timeout_us = FORWARD_US,
        .bytes = sim_raft_command_size(data, size) - SIM_RAFT_COMMAND_HEAD,
        .ticket = { .peer = (uint32_t)(number >> 32), .client = (uint32_t)number },
        .frame = { .body = bytes },
    };
    sim_network_call(server->raft->world->network, server->raft->world->now_us, &call);
}

void sim_raft_write(SimNode *node, SimRaftCommand command, SimRaftWriteDone done, void *data,
                    GDestroyNotify drop)
{
    SimRaftServer *server = sim_raft_running(node);
    g_assert_nonnull(server);
    SimRaft *raft = server->raft;
    command.id = ++raft->last_command;
    const SimRaftLast nothing = { .subject = subject_of(server, &command) };
    note_last(server->group, &nothing);
    const SimRaftWrite write = { .number = ++raft->last_number,
                                 .history = sim_history_begin_write(server->group->history,
                                                                    nothing.subject, command.id),
                                 .done = done,
                                 .data = data,
                                 .drop = drop };
    g_autoptr(GBytes) bytes = sim_raft_command_encode(raft->world->dictionary, &command);
    g_array_append_val(server->writes, write);
    sim_raft_set_timer(server, raft->world->now_us + WRITE_US, SIM_RAFT_TIMER_WRITE, write.number);
    if (SIM_RAFT_PLANTED(DONE_BEFORE_COMMIT)) {
        end_soon(server, find_write(server, write.number), SIM_RAFT_WRITE_DONE);
    }
    if (sim_raft_voter_role(server->voter) == SIM_RAFT_LEADER) {
        sim_raft_voter_write(server->voter, write.number, bytes);
        sim_raft_left_voter(server);
    } else if (server->known_leader == 0 || server->known_leader == server->id) {
        end_soon(server, find_write(server, write.number), SIM_RAFT_WRITE_NO_LEADER);
    } else {
        forward(server, write.number, bytes);
    }
}

static SimRaftWritten outcome_of_answer(DistroOutcome outcome, const DistroFrame *answer)
{
    if (outcome == DISTRO_OUTCOME_TIMED_OUT) {
        return SIM_RAFT_WRITE_TIMEOUT;
    }
    if (outcome == DISTRO_OUTCOME_REFUSED) {
        return SIM_RAFT_WRITE_NO_LEADER;
    }
    if (outcome != DISTRO_OUTCOME_ANSWERED) {
        return SIM_RAFT_WRITE_FAILED;
    }
    const DistroStatus status = sim_client_answer_status(answer);
    return status == DISTRO_STATUS_OK                 ? SIM_RAFT_WRITE_DONE
           : status == DISTRO_STATUS_HTTP_UNAVAILABLE ? SIM_RAFT_WRITE_NO_LEADER
                                                      : SIM_RAFT_WRITE_FAILED;
}

void sim_raft_on_write_outcome(SimRaftServer *server, const SimCall *call, DistroOutcome outcome,
                               const DistroFrame *answer)
{
    const uint64_t number = (uint64_t)call->ticket.peer << 32 | call->ticket.client;
    SimRaftWrite *write = find_write(server, number);
    if (write != NULL) { /* 0: it asked to be added */
        end_soon(server, write, outcome_of_answer(outcome, answer));
    }
}

/* --- at the leader ------------------------------------------------------------------------ */

void sim_raft_on_write(SimRaftServer *server, uint64_t call)
{
    const SimRaftServed served = { .number = ++server->raft->last_number, .call = call };
    const SimNetwork *network = server->raft->world->network;
    g_autoptr(GBytes) command = g_bytes_ref(sim_network_find_call(network, call)->frame.body);
    g_array_append_val(server->served, served);
    sim_raft_voter_write(server->voter, served.number, command);
    sim_raft_left_voter(server);
}

static void answer_served(SimRaftServer *server, uint64_t call, SimRaftOutcome outcome)
{
    /* AbstractProcessor#handleRequest: "Could not find leader". */
    const DistroStatus status = outcome == SIM_RAFT_COMMITTED    ? DISTRO_STATUS_OK
                                : outcome == SIM_RAFT_NOT_LEADER ? DISTRO_STATUS_HTTP_UNAVAILABLE
                                                                 : DISTRO_STATUS_HTTP_ERROR;
    const DistroFrame frame = sim_client_answer(status, 0);
    sim_network_answer(server->raft->world->network, server->raft->world->now_us, call, &frame,
                       status == DISTRO_STATUS_OK ? ANSWER_DONE_SIZE : ANSWER_ERROR_SIZE);
}

void sim_raft_on_written(SimRaftServer *server, uint64_t number, SimRaftOutcome outcome)
{
    for (guint i = 0; i < server->served->len; i++) {
        const SimRaftServed served = g_array_index(server->served, SimRaftServed, i);
        if (served.number == number) {
            g_array_remove_index(server->served, i);
            answer_served(server, served.call, outcome);
            return;
        }
    }
    SimRaftWrite *write = find_write(server, number);
    if (write != NULL) {
        end_soon(server, write,
                 outcome == SIM_RAFT_COMMITTED    ? SIM_RAFT_WRITE_DONE
                 : outcome == SIM_RAFT_NOT_LEADER ? SIM_RAFT_WRITE_NO_LEADER
                                                  : SIM_RAFT_WRITE_FAILED);
    }
}
