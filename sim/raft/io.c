/* sim/raft/io.c -- raft_io and raft_fsm: what libraft asks of disk, network, clock and state.
 *
 * None of it calls back at once: libraft goes on using what it handed over after send, append or
 * snapshot_get have returned. A disk that is full is not told to it either, since its own way out
 * of a failed write is broken (a leader truncates entries that followers may have, and uses their
 * index and term again; a failed vote frees what is no pointer). It is told that all is well, what
 * it wants sent is thrown away, and then it is closed. */
#include "sim/raft/internal.h"
#include "sim/raft/planted.h"

#include <string.h>

/* Far enough from 0 that "never sent" is long ago. */
#define CLOCK_BEGINS_MS 1000000

/* --- time --------------------------------------------------------------------------------- */

int64_t sim_raft_io_now_us(const SimRaftVoter *voter)
{
    return voter->host.now_us(voter->host.data);
}

uint64_t sim_raft_io_now_ms(const SimRaftVoter *voter)
{
    const int64_t since_us = sim_raft_io_now_us(voter) - voter->began_us;
    g_assert_cmpint(since_us, >=, 0);
    return CLOCK_BEGINS_MS + (uint64_t)since_us / 1000;
}

int64_t sim_raft_io_from_ms(const SimRaftVoter *voter, uint64_t ms)
{
    return voter->began_us + ((int64_t)ms - CLOCK_BEGINS_MS) * 1000;
}

static raft_time read_time(struct raft_io *io)
{
    return sim_raft_io_now_ms(io->impl);
}

/* libraft's timers are not used (timers.c), so what they draw does not matter. */
static int draw_random(struct raft_io *io, int low, int high)
{
    (void)io;
    (void)high;
    return low;
}

/* --- starting ----------------------------------------------------------------------------- */

static int init_io(struct raft_io *io, raft_id id, const char *address)
{
    (void)io;
    (void)id;
    (void)address;
    return 0;
}

static struct raft_snapshot *copy_snapshot(const SimRaftSnapshot *stored)
{
    gsize size;
    const void *state = g_bytes_get_data(stored->state, &size);
    struct raft_snapshot *snapshot = raft_calloc(1, sizeof *snapshot);
    struct raft_buffer *buffer = raft_calloc(1, sizeof *buffer);
    void *copy = raft_malloc(size + 1);
    g_assert_true(snapshot != NULL && buffer != NULL && copy != NULL);
    if (size > 0) {
        memcpy(copy, state, size);
    }
    *buffer = (struct raft_buffer) { .base = copy, .len = size };
    snapshot->index = stored->index;
    snapshot->term = stored->term;
    snapshot->configuration_index = stored->configuration_index;
    const bool decoded =
        sim_raft_configuration_decode(stored->configuration, &snapshot->configuration);
    g_assert_true(decoded);
    snapshot->bufs = buffer;
    snapshot->n_bufs = 1;
    return snapshot;
}

/* Each in memory of its own: libraft frees a batch as soon as none of its entries is left in the
 * log, even if messages on their way still refer to them. */
static struct raft_entry *copy_entries(const GArray *stored)
{
    if (stored->len == 0) {
        return NULL;
    }
    struct raft_entry *entries = raft_calloc(stored->len, sizeof *entries);
    g_assert_nonnull(entries);
    for (guint i = 0; i < stored->len; i++) {
        const SimRaftEntry *entry = &g_array_index(stored, SimRaftEntry, i);
        entries[i] = (struct raft_entry) { .term = entry->term,
                                           .type = (unsigned short)entry->type,
                                           .buf = sim_raft_entry_buffer(entry->type, entry->data) };
    }
    return entries;
}

static int load(struct raft_io *io, raft_term *term, raft_id *vote, struct raft_snapshot **snapshot,
                raft_index *start_index, struct raft_entry *entries[], size_t *n_entries)
{
    SimRaftVoter *voter = io->impl;
    const SimRaftStored *stored = sim_raft_disk_read(voter->disk, sim_raft_io_now_us(voter));
    *term = stored->term;
    *vote = stored->vote;
    *snapshot = stored->snapshot.index > 0 ? copy_snapshot(&stored->snapshot) : NULL;
    *start_index = stored->first_index;
    *entries = copy_entries(stored->entries);
    *n_entries = stored->entries->len;
    voter->restored_index = stored->snapshot.index;
    voter->former_snapshot = stored->snapshot.index;
    return 0;
}

static int start(struct raft_io *io, unsigned msecs, raft_io_tick_cb tick, raft_io_recv_cb receive)
{
    SimRaftVoter *voter = io->impl;
    (void)msecs;
    voter->tick = tick;
    voter->receive = receive;
    return 0;
}

/* The first entry is put there by sim_raft_disk_format. */
static int refuse_bootstrap(struct raft_io *io, const struct raft_configuration *configuration)
{
    (void)io;
    (void)configuration;
    return RAFT_CANTBOOTSTRAP;
}

/* --- writing ------------------------------------------------------------------------------ */

static void note_write(SimRaftVoter *voter, int64_t synced_us)
{
    voter->disk_refused = voter->disk_refused || synced_us < 0;
}

static int write_vote(SimRaftVoter *voter, raft_term term, raft_id vote)
{
    const int64_t synced_us =
        sim_raft_disk_write_vote(voter->disk, sim_raft_io_now_us(voter), term, vote);
    note_write(voter, synced_us);
    if (!SIM_RAFT_PLANTED(VOTE_BEFORE_SYNC)) {
        voter->hold_us = MAX(voter->hold_us, synced_us);
    }
    return 0;
}

static int set_term(struct raft_io *io, raft_term term)
{
    return write_vote(io->impl, term, 0);
}

static int set_vote(struct raft_io *io, raft_id vote)
{
    SimRaftVoter *voter = io->impl;
    const SimRaftStored *stored = sim_raft_disk_read(voter->disk, sim_raft_io_now_us(voter));
    return write_vote(voter, stored->term, vote);
}

static void tell_event(SimRaftVoter *voter, const SimRaftEvent *event)
{
    voter->host.event(voter->host.data, event);
}

/* Who asked for what is being written will be answered when it is synced. */
static Asker take_asker(SimRaftVoter *voter)
{
    const Asker asker = voter->asker;
    voter->asker = (Asker) { 0 };
    return asker;
}

static int append(struct raft_io *io, struct raft_io_append *request,
                  const struct raft_entry entries[], unsigned n, raft_io_append_cb done)
{
    SimRaftVoter *voter = io->impl;
    const uint64_t first = sim_raft_disk_next_index(voter->disk);
    g_autofree SimRaftEntry *mine = g_new(SimRaftEntry, n);
    for (unsigned i = 0; i < n; i++) {
        mine[i] = (SimRaftEntry) { .term = entries[i].term,
                                   .type = entries[i].type,
                                   .data = sim_raft_entry_payload(
                                       &entries[SIM_RAFT_PLANTED(BATCH_REPEATS_FIRST) ? 0 : i]) };
    }
    const int64_t synced_us = sim_raft_disk_append(voter->disk, sim_raft_io_now_us(voter), mine, n);
    note_write(voter, synced_us);
    for (unsigned i = 0; i < n; i++) {
        if (synced_us >= 0) {
            tell_event(voter, &(SimRaftEvent) { .kind = SIM_RAFT_APPENDED,
                                                .index = first + i,
                                                .term = mine[i].term,
                                                .payload = mine[i].data });
        }
        g_bytes_unref(mine[i].data);
    }
    const Append waiting = { .synced_us = SIM_RAFT_PLANTED(ANSWER_BEFORE_SYNC)
                                              ? sim_raft_io_now_us(voter)
                                              : synced_us,
                             .request = request,
                             .done = done,
                             .asker = take_asker(voter) };
    g_array_append_val(voter->appends, waiting);
    return 0;
}

static int truncate_log(struct raft_io *io, raft_index index)
{
    SimRaftVoter *voter = io->impl;
    const int64_t synced_us = sim_raft_disk_truncate(voter->disk, sim_raft_io_now_us(voter), index);
    note_write(voter, synced_us);
    if (synced_us >= 0) {
        tell_event(voter, &(SimRaftEvent) { .kind = SIM_RAFT_TRUNCATED, .index = index });
    }
    return 0;
}

static GBytes *join_buffers(const struct raft_snapshot *snapshot)
{
    GByteArray *out = g_byte_array_new();
    for (unsigned i = 0; i < snapshot->n_bufs; i++) {
        g_byte_array_append(out, snapshot->bufs[i].base, (guint)snapshot->bufs[i].len);
    }
    return g_byte_array_free_to_bytes(out);
}

/* @trailing 0: it was received, and replaces everything. */
static int put_snapshot(struct raft_io *io, unsigned trailing, struct raft_io_snapshot_put *request,
                        const struct raft_snapshot *snapshot, raft_io_snapshot_put_cb done)
{
    SimRaftVoter *voter = io->impl;
    g_autoptr(GBytes) state = join_buffers(snapshot);
    g_autoptr(GBytes) configuration = sim_raft_configuration_encode(&snapshot->configuration);
    const SimRaftSnapshot mine = { .index = snapshot->index,
                                   .term = snapshot->term,
                                   .configuration_index = snapshot->configuration_index,
                                   .configuration = configuration,
                                   .state = state };
    const uint64_t keep_from = trailing == 0                 ? 0
                               : snapshot->index <= trailing ? 1
                                                             : snapshot->index - trailing + 1;
    const int64_t synced_us =
        sim_raft_disk_put_snapshot(voter->disk, sim_raft_io_now_us(voter), &mine, keep_from);
    note_write(voter, synced_us);
    voter->put = (Put) { .synced_us = synced_us,
                         .request = request,
                         .done = done,
                         .asker = trailing == 0 ? take_asker(voter) : (Asker) { 0 },
                         .index = snapshot->index,
                         .term = snapshot->term,
                         .buffers = trailing == 0 ? snapshot->bufs : NULL };
    if (trailing == 0 && synced_us >= 0) {
        tell_event(voter, &(SimRaftEvent) { .kind = SIM_RAFT_INSTALLED,
                                            .index = snapshot->index,
                                            .term = snapshot->term });
    }
    return 0;
}

static int get_snapshot(struct raft_io *io, struct raft_io_snapshot_get *request,
                        raft_io_snapshot_get_cb done)
{
    SimRaftVoter *voter = io->impl;
    const Get get = { .request = request, .done = done };
    g_array_append_val(voter->gets, get);
    return 0;
}

/* --- what has been written ---------------------------------------------------------------- */

int64_t sim_raft_io_next_us(const SimRaftVoter *voter)
{
    int64_t next_us = INT64_MAX;
    if (voter->appends->len > 0) {
        next_us = g_array_index(voter->appends, Append, 0).synced_us;
    }
    if (voter->put.request != NULL) {
        next_us = MIN(next_us, voter->put.synced_us);
    }
    return next_us;
}

void sim_raft_io_answer_error(SimRaftVoter *voter, Asker asker)
{
    if (asker.from != 0) {
        const Outgoing outgoing = { .due_us = voter->hold_us,
                                    .is_answer = true,
                                    .number = asker.call };
        g_array_append_val(voter->outbox, outgoing);
    }
}

/* libraft may have answered; if it had nothing to say, that is an answer, too. */
static void dismiss_asker(SimRaftVoter *voter)
{
    sim_raft_io_answer_error(voter, take_asker(voter));
}

static void complete_append(SimRaftVoter *voter)
{
    const Append append = g_array_index(voter->appends, Append, 0);
    g_array_remove_index(voter->appends, 0);
    voter->asker = append.asker;
    append.done(append.request, 0);
    dismiss_asker(voter);
}

static void complete_put(SimRaftVoter *voter, int status)
{
    const Put put = voter->put;
    const bool was_received = put.buffers != NULL;
    voter->put = (Put) { 0 };
    voter->asker = put.asker;
    voter->restored_index = put.index;
    put.done(put.request, status);
    dismiss_asker(voter);
    if (status != 0) {
        raft_free(put.buffers); /* libraft forgets the array when it discards the snapshot */
    } else if (!was_received) {
        voter->former_snapshot = put.index;
        tell_event(voter, &(SimRaftEvent) {
                              .kind = SIM_RAFT_SNAPSHOT, .index = put.index, .term = put.term });
    }
}

bool sim_raft_io_complete(SimRaftVoter *voter)
{
    const int64_t now_us = sim_raft_io_now_us(voter);
    bool any = false;
    while (voter->appends->len > 0 &&
           g_array_index(voter->appends, Append, 0).synced_us <= now_us) {
        complete_append(voter);
        any = true;
    }
    if (voter->put.request != NULL && voter->put.synced_us <= now_us) {
        complete_put(voter, 0);
        any = true;
    }
    while (voter->gets->len > 0) {
        const Get get = g_array_index(voter->gets, Get, 0);
        g_array_remove_index(voter->gets, 0);
        const SimRaftStored *stored = sim_raft_disk_read(voter->disk, now_us);
        g_assert_cmpuint(stored->snapshot.index, >, 0);
        get.done(get.request, copy_snapshot(&stored->snapshot), 0);
        any = true;
    }
    while (voter->done->len > 0) {
        const Sent sent = g_array_index(voter->done, Sent, 0);
        g_array_remove_index(voter->done, 0);
        sent.done(sent.request, 0);
        any = true;
    }
    return any;
}

/* --- closing ------------------------------------------------------------------------------ */

/* Everything under way is given back. Appends succeed: told that one was cancelled, libraft would
 * truncate a log that may have changed since. */
static void close_io(struct raft_io *io, raft_io_close_cb done)
{
    SimRaftVoter *voter = io->impl;
    while (voter->gets->len > 0) {
        const Get get = g_array_index(voter->gets, Get, 0);
        g_array_remove_index(voter->gets, 0);
        get.done(get.request, NULL, RAFT_CANCELED);
    }
    if (voter->put.request != NULL) {
        complete_put(voter, RAFT_CANCELED);
    }
    while (voter->appends->len > 0) {
        complete_append(voter);
    }
    for (guint i = 0; i < voter->sent->len; i++) {
        const Sent *sent = &g_array_index(voter->sent, Sent, i);
        if (sent->done != NULL) {
            sent->done(sent->request, RAFT_CANCELED);
        }
    }
    g_array_set_size(voter->sent, 0);
    for (guint i = 0; i < voter->done->len; i++) {
        const Sent *sent = &g_array_index(voter->done, Sent, i);
        sent->done(sent->request, 0);
    }
    g_array_set_size(voter->done, 0);
    done(io);
}

/* --- sending ------------------------------------------------------------------------------ */

static SimRaftCall kind_of(const struct raft_message *message)
{
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        return SIM_RAFT_CALL_APPEND;
    case RAFT_IO_REQUEST_VOTE:
        return message->request_vote.pre_vote ? SIM_RAFT_CALL_PREVOTE : SIM_RAFT_CALL_VOTE;
    case RAFT_IO_INSTALL_SNAPSHOT:
        return SIM_RAFT_CALL_INSTALL;
    case RAFT_IO_TIMEOUT_NOW:
        return SIM_RAFT_CALL_TIMEOUT_NOW;
    default:
        g_assert_not_reached();
    }
}

/* Replicator and DefaultRaftClientService: a heartbeat half the election time-out, votes all of it,
 * a snapshot five minutes (RpcOptions). */
static int64_t choose_timeout(const SimRaftVoter *voter, const struct raft_message *message)
{
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        return message->append_entries.n_entries == 0 ? voter->times.election_us / 2
                                                      : voter->times.rpc_us;
    case RAFT_IO_INSTALL_SNAPSHOT:
        return 300 * G_USEC_PER_SEC;
    default:
        return voter->times.election_us;
    }
}

static void send_answer(SimRaftVoter *voter, const struct raft_message *message)
{
    /* Its asker may have been another leader: JRaft tells that one that the term has changed. */
    if (voter->asker.from != message->server_id) {
        return;
    }
    struct raft_message result = *message;
    sim_raft_guard_result(voter, &result);
    const Outgoing outgoing = { .due_us = voter->hold_us,
                                .is_answer = true,
                                .number = take_asker(voter).call,
                                .bytes = sim_raft_message_encode(&result),
                                .size = sim_raft_message_size(&result, voter->names) };
    g_array_append_val(voter->outbox, outgoing);
}

static void send_request(SimRaftVoter *voter, const struct raft_message *message,
                         struct raft_io_send *request, raft_io_send_cb done)
{
    const Sent sent = { .ticket = ++voter->tickets,
                        .to = message->server_id,
                        .kind = kind_of(message),
                        .at_us = sim_raft_io_now_us(voter),
                        .request = request,
                        .done = done };
    g_array_append_val(voter->sent, sent);
    const Outgoing outgoing = { .due_us = voter->hold_us,
                                .to = sent.to,
                                .kind = sent.kind,
                                .number = sent.ticket,
                                .bytes = sim_raft_message_encode(message),
                                .size = sim_raft_message_size(message, voter->names),
                                .timeout_us = choose_timeout(voter, message) };
    g_array_append_val(voter->outbox, outgoing);
}

static int send_message(struct raft_io *io, struct raft_io_send *request,
                        const struct raft_message *message, raft_io_send_cb done)
{
    SimRaftVoter *voter = io->impl;
    if (message->type == RAFT_IO_APPEND_ENTRIES_RESULT ||
        message->type == RAFT_IO_REQUEST_VOTE_RESULT) {
        send_answer(voter, message);
        const Sent sent = { .request = request, .done = done };
        g_array_append_val(voter->done, sent);
    } else {
        send_request(voter, message, request, done);
    }
    return 0;
}

/* --- the state machine -------------------------------------------------------------------- */

static int apply(struct raft_fsm *fsm, const struct raft_buffer *buffer, void **result)
{
    SimRaftVoter *voter = fsm->data;
    const uint64_t index = voter->raft.last_applied + 1;
    const struct raft_entry *entry = sim_raft_find_entry(voter, index);
    g_autoptr(GBytes) command = g_bytes_new(buffer->base, buffer->len);
    g_assert_nonnull(entry);
    voter->host.apply(voter->host.data, index, entry->term, command);
    *result = NULL;
    return 0;
}

/* JRaft keeps the entries since the snapshot before (LogManagerImpl#setSnapshot). */
static int save(struct raft_fsm *fsm, struct raft_buffer *buffers[], unsigned *count)
{
    SimRaftVoter *voter = fsm->data;
    g_autoptr(GBytes) state = voter->host.save(voter->host.data);
    gsize size;
    const void *data = g_bytes_get_data(state, &size);
    struct raft_buffer *buffer = raft_calloc(1, sizeof *buffer);
    void *copy = raft_malloc(size + 1);
    g_assert_true(buffer != NULL && copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    *buffer = (struct raft_buffer) { .base = copy, .len = size };
    *buffers = buffer;
    *count = 1;
    raft_set_snapshot_trailing(&voter->raft,
                               (unsigned)(voter->raft.last_applied - voter->former_snapshot));
    return 0;
}

static int restore(struct raft_fsm *fsm, struct raft_buffer *buffer)
{
    SimRaftVoter *voter = fsm->data;
    g_autoptr(GBytes) state = g_bytes_new(buffer->base, buffer->len);
    voter->host.restore(voter->host.data, voter->restored_index, state);
    voter->former_snapshot = voter->restored_index;
    raft_free(buffer->base);
    return 0;
}

void sim_raft_io_init(SimRaftVoter *voter)
{
    voter->io = (struct raft_io) { .version = 1,
                                   .impl = voter,
                                   .init = init_io,
                                   .close = close_io,
                                   .load = load,
                                   .start = start,
                                   .bootstrap = refuse_bootstrap,
                                   .recover = refuse_bootstrap,
                                   .set_term = set_term,
                                   .set_vote = set_vote,
                                   .send = send_message,
                                   .append = append,
                                   .truncate = truncate_log,
                                   .snapshot_put = put_snapshot,
                                   .snapshot_get = get_snapshot,
                                   .time = read_time,
                                   .random = draw_random };
    voter->fsm = (struct raft_fsm) {
        .version = 1, .data = voter, .apply = apply, .snapshot = save, .restore = restore
    };
}
