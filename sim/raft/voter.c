/* sim/raft/voter.c -- a voter's life: what comes in, libraft, what goes out. */
#include "sim/raft/internal.h"

#include <stdio.h>
#include <string.h>

/* A write that is under way, and what libraft keeps it by. */
typedef struct Write {
    struct raft_apply request;
    SimRaftVoter *voter;
    uint64_t number;
} Write;

SimRaftTimes sim_raft_times_default(void)
{
    return (SimRaftTimes) { .election_us = 5 * G_USEC_PER_SEC,
                            .election_delay_us = G_USEC_PER_SEC,
                            .heartbeat_us = G_USEC_PER_SEC / 2,
                            .rpc_us = 5 * G_USEC_PER_SEC,
                            .snapshot_us = (int64_t)1800 * G_USEC_PER_SEC };
}

/* --- events ------------------------------------------------------------------------------- */

static void tell(SimRaftVoter *voter, SimRaftEventKind kind, uint64_t term, uint64_t index,
                 uint64_t server)
{
    const SimRaftEvent event = { .kind = kind, .term = term, .index = index, .server = server };
    voter->host.event(voter->host.data, &event);
}

/* --- opening and closing libraft ---------------------------------------------------------- */

/* An address is a server's number as text: libraft refuses two that are alike. */
static void write_address(uint64_t id, char address[24])
{
    g_snprintf(address, 24, "%" G_GUINT64_FORMAT, id);
}

static void open_raft(SimRaftVoter *voter)
{
    char address[24];
    write_address(voter->id, address);
    sim_raft_io_init(voter);
    if (raft_init(&voter->raft, &voter->io, &voter->fsm, voter->id, address) != 0) {
        g_error("raft_init: %s", raft_errmsg(&voter->raft));
    }
    raft_set_election_timeout(&voter->raft, (unsigned)(voter->times.election_us / 1000));
    raft_set_heartbeat_timeout(&voter->raft, (unsigned)(voter->times.heartbeat_us / 1000));
    raft_set_install_snapshot_timeout(&voter->raft, 300 * 1000);
    raft_set_snapshot_threshold(&voter->raft, UINT_MAX);
    raft_set_pre_vote(&voter->raft, true);
    if (raft_start(&voter->raft) != 0) {
        g_error("raft_start: %s", raft_errmsg(&voter->raft));
    }
    voter->open = true;
}

static void close_raft(SimRaftVoter *voter)
{
    voter->open = false;
    raft_close(&voter->raft, NULL);
}

static void clear_outgoing(gpointer data)
{
    g_clear_pointer(&((Outgoing *)data)->bytes, g_bytes_unref);
}

/* --- going in and out --------------------------------------------------------------------- */

static void enter(SimRaftVoter *voter)
{
    g_assert_true(voter->open);
    g_assert_false(voter->inside);
    voter->inside = true;
    voter->disk_refused = false;
}

static void send_due(SimRaftVoter *voter);

/* Nothing leaves any more but errors to those who asked. */
static void withdraw_messages(SimRaftVoter *voter)
{
    for (guint i = voter->outbox->len; i-- > 0;) {
        Outgoing *outgoing = &g_array_index(voter->outbox, Outgoing, i);
        if (outgoing->is_answer) {
            g_clear_pointer(&outgoing->bytes, g_bytes_unref);
            outgoing->due_us = INT64_MIN;
        } else {
            g_array_remove_index(voter->outbox, i);
        }
    }
}

static void fail_voter(SimRaftVoter *voter, SimRaftEventKind why)
{
    voter->term = voter->raft.current_term;
    voter->applied = voter->raft.last_applied;
    voter->last_index = raft_last_index(&voter->raft);
    const bool led = voter->state == RAFT_LEADER;
    close_raft(voter);
    withdraw_messages(voter);
    send_due(voter);
    if (led) {
        tell(voter, SIM_RAFT_STEPDOWN, voter->term, 0, 0);
    }
    voter->state = RAFT_UNAVAILABLE;
    tell(voter, why, voter->term, 0, 0);
}

static void forget_barrier(struct raft_barrier *request, int status)
{
    (void)status;
    g_free(request);
}

/* JRaft's leader begins its term with a configuration (NodeImpl#becomeLeader). */
static void begin_term(SimRaftVoter *voter)
{
    struct raft_barrier *request = g_new0(struct raft_barrier, 1);
    voter->barrier_index = raft_last_index(&voter->raft) + 1;
    if (raft_barrier(&voter->raft, request, forget_barrier) != 0) {
        g_error("raft_barrier: %s", raft_errmsg(&voter->raft));
    }
}

/* What has changed since libraft was left last. True if that made libraft do more. */
static bool notice_changes(SimRaftVoter *voter)
{
    struct raft *raft = &voter->raft;
    const bool leads = raft->state == RAFT_LEADER;
    const bool led = voter->state == RAFT_LEADER;
    const uint64_t leader = leads ? voter->id : sim_raft_voter_leader(voter);
    bool more = false;
    if (led && (!leads || voter->term != raft->current_term)) {
        tell(voter, SIM_RAFT_STEPDOWN, voter->term, 0, 0);
        g_array_set_size(voter->early, 0);
        raft->transfer = NULL;
    }
    if (raft->voted_for != 0 &&
        (voter->term != raft->current_term || voter->vote != raft->voted_for)) {
        tell(voter, SIM_RAFT_VOTED, raft->current_term, 0, raft->voted_for);
    }
    sim_raft_timers_follow(voter);
    if (leads && (!led || voter->term != raft->current_term)) {
        tell(voter, SIM_RAFT_ELECTED, raft->current_term, raft_last_index(raft), 0);
        begin_term(voter);
        more = true;
    } else if (!leads && leader != 0 &&
               (voter->leader != leader || voter->term != raft->current_term)) {
        tell(voter, SIM_RAFT_FOLLOWS, raft->current_term, 0, leader);
    }
    if (raft->commit_index > voter->commit) {
        tell(voter, SIM_RAFT_COMMIT, raft->current_term, raft->commit_index, 0);
    }
    if (raft->log.snapshot.last_index == raft->last_applied) {
        raft_set_snapshot_threshold(raft, UINT_MAX);
    }
    voter->state = raft->state;
    voter->term = raft->current_term;
    voter->vote = raft->voted_for;
    voter->leader = leader;
    voter->commit = raft->commit_index;
    return more;
}

/* Answers that a leader may look at now. */
static bool hear_early_answers(SimRaftVoter *voter)
{
    if (voter->early->len == 0 || voter->raft.state != RAFT_LEADER ||
        voter->raft.last_stored < voter->barrier_index) {
        return false;
    }
    g_autoptr(GArray) early = g_steal_pointer(&voter->early);
    voter->early = g_array_new(FALSE, FALSE, sizeof(struct raft_message));
    for (guint i = 0; i < early->len; i++) {
        voter->receive(&voter->io, &g_array_index(early, struct raft_message, i));
    }
    return true;
}

/* Adding takes two steps: as a spare, then as a voter. */
static void note_change(struct raft_change *request, int status);

static bool continue_change(SimRaftVoter *voter)
{
    if (voter->changing == 0 || !voter->adding || voter->raft.state != RAFT_LEADER ||
        voter->change.cb != NULL) {
        return false;
    }
    const uint64_t id = voter->changing;
    voter->adding = false;
    if (raft_assign(&voter->raft, &voter->change, id, RAFT_VOTER, note_change) != 0) {
        voter->changing = 0;
        return false;
    }
    return true;
}

static void send_due(SimRaftVoter *voter)
{
    const int64_t now_us = sim_raft_io_now_us(voter);
    guint count = 0;
    while (count < voter->outbox->len &&
           g_array_index(voter->outbox, Outgoing, count).due_us <= now_us) {
        const Outgoing *outgoing = &g_array_index(voter->outbox, Outgoing, count);
        if (outgoing->is_answer) {
            voter->host.answer(voter->host.data, outgoing->number, outgoing->bytes, outgoing->size);
        } else {
            voter->host.call(voter->host.data, outgoing->to, outgoing->kind, outgoing->number,
                             outgoing->bytes, outgoing->size, outgoing->timeout_us);
        }
        count++;
    }
    if (count > 0) {
        g_array_remove_range(voter->outbox, 0, count);
    }
}

static void leave(SimRaftVoter *voter)
{
    bool more = true;
    while (more && !voter->disk_refused && voter->raft.state != RAFT_UNAVAILABLE) {
        more = sim_raft_io_complete(voter);
        if (!voter->disk_refused && voter->raft.state != RAFT_UNAVAILABLE) {
            more = notice_changes(voter) || more;
            more = hear_early_answers(voter) || more;
            more = continue_change(voter) || more;
        }
    }
    voter->inside = false;
    if (voter->disk_refused) {
        fail_voter(voter, SIM_RAFT_DISK_REFUSED);
    } else if (voter->raft.state == RAFT_UNAVAILABLE) {
        fail_voter(voter, SIM_RAFT_GAVE_UP);
    } else {
        send_due(voter);
    }
}

/* --- lives -------------------------------------------------------------------------------- */

static GArray *new_array(size_t size)
{
    return g_array_new(FALSE, TRUE, (guint)size);
}

SimRaftVoter *sim_raft_voter_new(uint64_t id, SimRaftNames names, const SimRaftTimes *times,
                                 SimRaftDisk *disk, const SimRaftHost *host)
{
    g_assert_cmpuint(id, >, 0);
    SimRaftVoter *voter = g_new0(SimRaftVoter, 1);
    voter->id = id;
    voter->names = names;
    voter->times = *times;
    voter->disk = disk;
    voter->host = *host;
    voter->began_us = host->now_us(host->data);
    voter->hold_us = INT64_MIN;
    voter->sent = new_array(sizeof(Sent));
    voter->done = new_array(sizeof(Sent));
    voter->outbox = new_array(sizeof(Outgoing));
    g_array_set_clear_func(voter->outbox, clear_outgoing);
    voter->appends = new_array(sizeof(Append));
    voter->gets = new_array(sizeof(Get));
    voter->early = new_array(sizeof(struct raft_message));
    voter->answered_us = new_array(sizeof(int64_t));
    voter->state = RAFT_UNAVAILABLE;
    open_raft(voter);
    voter->state = RAFT_FOLLOWER;
    voter->term = voter->raft.current_term;
    voter->vote = voter->raft.voted_for;
    voter->commit = voter->raft.commit_index;
    sim_raft_timers_start(voter);
    voter->inside = true;
    leave(voter);
    return voter;
}

void sim_raft_voter_free(SimRaftVoter *voter)
{
    if (voter == NULL) {
        return;
    }
    if (voter->open) {
        voter->host.written = NULL; /* no writer is told */
        close_raft(voter);
    }
    g_array_unref(voter->sent);
    g_array_unref(voter->done);
    g_array_unref(voter->outbox);
    g_array_unref(voter->appends);
    g_array_unref(voter->gets);
    g_array_unref(voter->early);
    g_array_unref(voter->answered_us);
    g_free(voter);
}

GBytes *sim_raft_first_configuration(uint32_t count)
{
    struct raft_configuration configuration;
    struct raft_buffer buffer;
    raft_configuration_init(&configuration);
    for (uint32_t id = 1; id <= count; id++) {
        char address[24];
        write_address(id, address);
        const int added = raft_configuration_add(&configuration, id, address, RAFT_VOTER);
        g_assert_cmpint(added, ==, 0);
    }
    const int encoded = raft_configuration_encode(&configuration, &buffer);
    g_assert_cmpint(encoded, ==, 0);
    const struct raft_entry entry = { .term = 1, .type = RAFT_CHANGE, .buf = buffer };
    GBytes *payload = sim_raft_entry_payload(&entry);
    raft_free(buffer.base);
    raft_configuration_close(&configuration);
    return payload;
}

/* --- waking ------------------------------------------------------------------------------- */

int64_t sim_raft_voter_wake_us(const SimRaftVoter *voter)
{
    if (!voter->open) {
        return INT64_MAX;
    }
    int64_t wake_us = MIN(sim_raft_io_next_us(voter), sim_raft_timers_next_us(voter));
    if (voter->outbox->len > 0) {
        wake_us = MIN(wake_us, g_array_index(voter->outbox, Outgoing, 0).due_us);
    }
    return wake_us;
}

void sim_raft_voter_wake(SimRaftVoter *voter)
{
    if (!voter->open || sim_raft_voter_wake_us(voter) > sim_raft_io_now_us(voter)) {
        return;
    }
    enter(voter);
    sim_raft_io_complete(voter);
    if (voter->raft.state != RAFT_UNAVAILABLE) {
        sim_raft_timers_fire(voter);
    }
    leave(voter);
}

/* --- requests ----------------------------------------------------------------------------- */

/* The log is cut on the disk, and libraft starts again with what is there. What it then answers
 * waits until that is synced. */
static void restart_truncated(SimRaftVoter *voter, uint64_t from)
{
    const int64_t now_us = sim_raft_io_now_us(voter);
    const Asker asker = voter->asker;
    close_raft(voter);
    voter->asker = asker;
    voter->disk_refused = sim_raft_disk_truncate(voter->disk, now_us, from) < 0;
    voter->hold_us = MAX(voter->hold_us, sim_raft_disk_synced_us(voter->disk, now_us));
    tell(voter, SIM_RAFT_TRUNCATED, 0, from, 0);
    voter->host.restore(voter->host.data, 0, NULL);
    voter->commit = 0;
    open_raft(voter);
}

static void receive_request(SimRaftVoter *voter, struct raft_message *message)
{
    sim_raft_guard_request(voter, message);
    if (message->type == RAFT_IO_APPEND_ENTRIES) {
        const uint64_t from = sim_raft_guard_lost_configuration(voter, &message->append_entries);
        if (from != 0) {
            restart_truncated(voter, from);
        }
    }
    voter->receive(&voter->io, message);
}

void sim_raft_voter_asked(SimRaftVoter *voter, uint64_t from, uint64_t call, GBytes *request)
{
    struct raft_message message;
    if (!voter->open || !sim_raft_message_decode(request, &message)) {
        voter->host.answer(voter->host.data, call, NULL, 0);
        return;
    }
    char address[24];
    write_address(from, address);
    message.server_id = from;
    message.server_address = address;
    enter(voter);
    voter->asker = (Asker) { .from = from, .call = call };
    receive_request(voter, &message);
    sim_raft_io_answer_error(voter, voter->asker);
    voter->asker = (Asker) { 0 };
    leave(voter);
}

/* --- answers ------------------------------------------------------------------------------ */

static bool take_sent(SimRaftVoter *voter, uint64_t ticket, Sent *sent)
{
    for (guint i = 0; i < voter->sent->len; i++) {
        if (g_array_index(voter->sent, Sent, i).ticket == ticket) {
            *sent = g_array_index(voter->sent, Sent, i);
            g_array_remove_index(voter->sent, i);
            return true;
        }
    }
    return false;
}

/* Replicator sends the next probe at once; libraft waits for the next heartbeat. */
static void hurry_probe(SimRaftVoter *voter, const struct raft_message *message)
{
    if (message->type != RAFT_IO_APPEND_ENTRIES_RESULT ||
        message->append_entries_result.rejected == 0 || voter->raft.state != RAFT_LEADER) {
        return;
    }
    for (unsigned i = 0; i < voter->raft.configuration.n; i++) {
        if (voter->raft.configuration.servers[i].id == message->server_id) {
            voter->raft.leader_state.progress[i].last_send = 0;
        }
    }
}

static void receive_answer(SimRaftVoter *voter, const Sent *sent, GBytes *answer)
{
    struct raft_message message;
    if (!sim_raft_message_decode(answer, &message)) {
        return;
    }
    char address[24];
    write_address(sent->to, address);
    message.server_id = sent->to;
    message.server_address = address;
    if (message.type == RAFT_IO_APPEND_ENTRIES_RESULT) {
        sim_raft_timers_note_answer(voter, sent->to, sent->at_us);
    }
    if (sim_raft_guard_answer(voter, &message)) {
        return;
    }
    hurry_probe(voter, &message);
    voter->receive(&voter->io, &message);
}

void sim_raft_voter_answered(SimRaftVoter *voter, uint64_t ticket, GBytes *answer)
{
    Sent sent;
    if (!voter->open || !take_sent(voter, ticket, &sent)) {
        return;
    }
    enter(voter);
    if (sent.done != NULL) {
        sent.done(sent.request, answer == NULL ? sim_raft_guard_failure(voter, &sent) : 0);
    }
    if (answer != NULL) {
        receive_answer(voter, &sent, answer);
    }
    leave(voter);
}

/* --- writes ------------------------------------------------------------------------------- */

static void end_write(struct raft_apply *request, int status, void *result)
{
    Write *write = request->data;
    SimRaftVoter *voter = write->voter;
    (void)result;
    if (voter->host.written != NULL) {
        voter->host.written(voter->host.data, write->number,
                            status == 0           ? SIM_RAFT_COMMITTED
                            : voter->disk_refused ? SIM_RAFT_DISK_FAILED
                                                  : SIM_RAFT_STEPPED_DOWN);
    }
    g_free(write);
}

void sim_raft_voter_write(SimRaftVoter *voter, uint64_t number, GBytes *command)
{
    if (!voter->open || voter->raft.state != RAFT_LEADER || voter->raft.transfer != NULL) {
        voter->host.written(voter->host.data, number, SIM_RAFT_NOT_LEADER);
        return;
    }
    gsize size;
    const void *data = g_bytes_get_data(command, &size);
    struct raft_buffer buffer = { .base = raft_malloc(size), .len = size };
    g_assert_nonnull(buffer.base);
    memcpy(buffer.base, data, size);
    Write *write = g_new0(Write, 1);
    write->voter = voter;
    write->number = number;
    write->request.data = write;
    enter(voter);
    if (raft_apply(&voter->raft, &write->request, &buffer, 1, end_write) != 0) {
        g_error("raft_apply: %s", raft_errmsg(&voter->raft));
    }
    leave(voter);
}

/* --- membership --------------------------------------------------------------------------- */

static void note_change(struct raft_change *request, int status)
{
    SimRaftVoter *voter = request->data;
    voter->change.cb = NULL;
    if (status != 0 || !voter->adding) {
        voter->changing = 0;
    }
}

bool sim_raft_voter_add_server(SimRaftVoter *voter, uint64_t id)
{
    if (!voter->open || voter->changing != 0) {
        return false;
    }
    char address[24];
    write_address(id, address);
    enter(voter);
    voter->changing = id;
    voter->adding = true;
    voter->change.data = voter;
    if (raft_add(&voter->raft, &voter->change, id, address, note_change) != 0) {
        voter->changing = 0;
    }
    const bool begun = voter->changing != 0;
    leave(voter);
    return begun;
}

bool sim_raft_voter_remove_server(SimRaftVoter *voter, uint64_t id)
{
    if (!voter->open || voter->changing != 0) {
        return false;
    }
    enter(voter);
    voter->changing = id;
    voter->adding = false;
    voter->change.data = voter;
    if (raft_remove(&voter->raft, &voter->change, id, note_change) != 0) {
        voter->changing = 0;
    }
    const bool begun = voter->changing != 0;
    leave(voter);
    return begun;
}

bool sim_raft_voter_has_server(const SimRaftVoter *voter, uint64_t id)
{
    for (unsigned i = 0; voter->open && i < voter->raft.configuration.n; i++) {
        if (voter->raft.configuration.servers[i].id == id) {
            return voter->raft.configuration.servers[i].role == RAFT_VOTER;
        }
    }
    return false;
}

void sim_raft_voter_resign(SimRaftVoter *voter)
{
    if (voter->open && voter->raft.state == RAFT_LEADER && voter->raft.transfer == NULL) {
        enter(voter);
        (void)raft_transfer(&voter->raft, &voter->transfer, 0, NULL);
        leave(voter);
    }
}

/* --- looking ------------------------------------------------------------------------------ */

SimRaftRole sim_raft_voter_role(const SimRaftVoter *voter)
{
    if (!voter->open) {
        return SIM_RAFT_FAILED;
    }
    switch (voter->raft.state) {
    case RAFT_LEADER:
        return SIM_RAFT_LEADER;
    case RAFT_CANDIDATE:
        /* JRaft stays a follower while it asks for a pre-vote. */
        return voter->raft.candidate_state.in_pre_vote ? SIM_RAFT_FOLLOWER : SIM_RAFT_CANDIDATE;
    default:
        return sim_raft_voter_has_server(voter, voter->id) ? SIM_RAFT_FOLLOWER : SIM_RAFT_LEARNER;
    }
}

uint64_t sim_raft_voter_term(const SimRaftVoter *voter)
{
    return voter->open ? voter->raft.current_term : voter->term;
}

uint64_t sim_raft_voter_leader(const SimRaftVoter *voter)
{
    if (!voter->open) {
        return 0;
    }
    if (voter->raft.state == RAFT_LEADER) {
        return voter->id;
    }
    return voter->raft.state == RAFT_FOLLOWER ? voter->raft.follower_state.current_leader.id : 0;
}

uint64_t sim_raft_voter_commit(const SimRaftVoter *voter)
{
    return voter->open ? voter->raft.commit_index : voter->commit;
}

uint64_t sim_raft_voter_applied(const SimRaftVoter *voter)
{
    return voter->open ? voter->raft.last_applied : voter->applied;
}

uint64_t sim_raft_voter_last_index(const SimRaftVoter *voter)
{
    return voter->open ? raft_last_index((struct raft *)&voter->raft) : voter->last_index;
}
