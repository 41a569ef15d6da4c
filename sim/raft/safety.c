/* sim/raft/safety.c -- who led each term, what stands at each index, what has been committed. */
#include "sim/raft/safety.h"

#include <string.h>

/* An entry as it was seen first. Those of one index hang together. */
typedef struct Seen {
    uint64_t term, former_term;
    uint64_t content; /* a hash */
    uint64_t server;
    guint next; /* the same index, another term: place in .seen + 1; 0: none */
} Seen;

typedef struct Applied {
    uint64_t term, content; /* term 0: nothing yet */
    uint64_t server;
} Applied;

/* A server's log: the terms of its entries. */
typedef struct Log {
    uint64_t before_index, before_term; /* the entry before the first */
    GArray *terms;                      /* uint64_t */
} Log;

struct SimRaftSafety {
    void (*breach)(void *data, const SimRaftBreach *breach);
    void *data;
    GHashTable *leaders; /* term -> server; looked up only */
    GArray *first_seen;  /* guint by index: place in .seen + 1 */
    GArray *seen;        /* Seen */
    GArray *applied;     /* Applied by index */
    GArray *logs;        /* Log by server */
    /* The last committed entry, and the term in which it was: a leader that won an older term, and
     * hears of it late, need not have it. */
    uint64_t committed_index, committed_term, committing_term;
};

const char *sim_raft_property_name(SimRaftProperty property)
{
    static const char *const names[SIM_RAFT_N_PROPERTIES] = {
        [SIM_RAFT_ELECTION_SAFETY] = "election safety",
        [SIM_RAFT_LOG_MATCHING] = "log matching",
        [SIM_RAFT_LEADER_COMPLETENESS] = "leader completeness",
        [SIM_RAFT_STATE_MACHINE_SAFETY] = "state machine safety",
    };
    return names[property];
}

static void report_breach(SimRaftSafety *safety, SimRaftProperty property, uint64_t server,
                          uint64_t other, uint64_t term, uint64_t index)
{
    const SimRaftBreach breach = {
        .property = property, .server = server, .other = other, .term = term, .index = index
    };
    safety->breach(safety->data, &breach);
}

static uint64_t hash_bytes(GBytes *bytes)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    uint64_t hash = 14695981039346656037u;
    for (gsize i = 0; i < size; i++) {
        hash = (hash ^ data[i]) * 1099511628211u;
    }
    return hash;
}

/* --- logs --------------------------------------------------------------------------------- */

static Log *get_log(SimRaftSafety *safety, uint64_t server)
{
    while (safety->logs->len <= server) {
        const Log log = { .terms = g_array_new(FALSE, FALSE, sizeof(uint64_t)) };
        g_array_append_val(safety->logs, log);
    }
    return &g_array_index(safety->logs, Log, server);
}

static void clear_log(gpointer data)
{
    g_array_unref(((Log *)data)->terms);
}

/* 0: it is not in @log, or has gone into a snapshot. */
static uint64_t term_at(const Log *log, uint64_t index)
{
    if (index == log->before_index) {
        return log->before_term;
    }
    return index > log->before_index && index - log->before_index <= log->terms->len
               ? g_array_index(log->terms, uint64_t, index - log->before_index - 1)
               : 0;
}

static void truncate_log(Log *log, uint64_t from)
{
    if (from > log->before_index && from - log->before_index <= log->terms->len) {
        g_array_set_size(log->terms, (guint)(from - log->before_index - 1));
    }
}

/* --- log matching ------------------------------------------------------------------------- */

static guint *first_seen(SimRaftSafety *safety, uint64_t index)
{
    if (safety->first_seen->len <= index) {
        g_array_set_size(safety->first_seen, (guint)index + 1);
    }
    return &g_array_index(safety->first_seen, guint, index);
}

static void compare_seen(SimRaftSafety *safety, uint64_t index, const Seen *entry)
{
    guint *head = first_seen(safety, index);
    for (guint place = *head; place != 0;) {
        const Seen *seen = &g_array_index(safety->seen, Seen, place - 1);
        if (seen->term == entry->term) {
            if (seen->content != entry->content ||
                (seen->former_term != entry->former_term && seen->former_term != 0 &&
                 entry->former_term != 0)) {
                report_breach(safety, SIM_RAFT_LOG_MATCHING, entry->server, seen->server,
                              entry->term, index);
            }
            return;
        }
        place = seen->next;
    }
    Seen mine = *entry;
    mine.next = *head;
    *head = safety->seen->len + 1;
    g_array_append_val(safety->seen, mine);
}

static void append_entry(SimRaftSafety *safety, uint64_t server, uint64_t index, uint64_t term,
                         GBytes *payload)
{
    Log *log = get_log(safety, server);
    truncate_log(log, index);
    const Seen entry = { .term = term,
                         .former_term = term_at(log, index - 1),
                         .content = hash_bytes(payload),
                         .server = server };
    compare_seen(safety, index, &entry);
    g_array_append_val(log->terms, term);
}

void sim_raft_safety_started(SimRaftSafety *safety, uint64_t server, const SimRaftStored *stored)
{
    Log *log = get_log(safety, server);
    g_array_set_size(log->terms, 0);
    log->before_index = stored->first_index - 1;
    log->before_term = log->before_index == stored->snapshot.index ? stored->snapshot.term : 0;
    for (guint i = 0; i < stored->entries->len; i++) {
        const SimRaftEntry *entry = &g_array_index(stored->entries, SimRaftEntry, i);
        append_entry(safety, server, stored->first_index + i, entry->term, entry->data);
    }
}

/* --- leaders ------------------------------------------------------------------------------ */

static void note_leader(SimRaftSafety *safety, uint64_t server, uint64_t term)
{
    const gpointer key = (gpointer)(uintptr_t)term;
    const uint64_t other = (uint64_t)(uintptr_t)g_hash_table_lookup(safety->leaders, key);
    if (other != 0 && other != server) {
        report_breach(safety, SIM_RAFT_ELECTION_SAFETY, server, other, term, 0);
    }
    g_hash_table_insert(safety->leaders, key, (gpointer)(uintptr_t)server);
    const Log *log = get_log(safety, server);
    if (safety->committed_index > log->before_index && term > safety->committing_term &&
        term_at(log, safety->committed_index) != safety->committed_term) {
        report_breach(safety, SIM_RAFT_LEADER_COMPLETENESS, server, 0, term,
                      safety->committed_index);
    }
}

static void note_commit(SimRaftSafety *safety, uint64_t server, const SimRaftEvent *event)
{
    if (event->index > safety->committed_index) {
        const uint64_t term = term_at(get_log(safety, server), event->index);
        if (term != 0) {
            safety->committed_index = event->index;
            safety->committed_term = term;
            safety->committing_term = event->term;
        }
    }
}

static void install_snapshot(SimRaftSafety *safety, uint64_t server, uint64_t index, uint64_t term)
{
    Log *log = get_log(safety, server);
    g_array_set_size(log->terms, 0);
    log->before_index = index;
    log->before_term = term;
}

void sim_raft_safety_event(SimRaftSafety *safety, uint64_t server, const SimRaftEvent *event)
{
    switch (event->kind) {
    case SIM_RAFT_ELECTED:
        note_leader(safety, server, event->term);
        break;
    case SIM_RAFT_APPENDED:
        append_entry(safety, server, event->index, event->term, event->payload);
        break;
    case SIM_RAFT_TRUNCATED:
        truncate_log(get_log(safety, server), event->index);
        break;
    case SIM_RAFT_COMMIT:
        note_commit(safety, server, event);
        break;
    case SIM_RAFT_INSTALLED:
        install_snapshot(safety, server, event->index, event->term);
        break;
    case SIM_RAFT_STEPDOWN:
    case SIM_RAFT_VOTED:
    case SIM_RAFT_FOLLOWS:
    case SIM_RAFT_SNAPSHOT:
    case SIM_RAFT_DISK_REFUSED:
    case SIM_RAFT_GAVE_UP:
        break;
    }
}

/* --- state machines ----------------------------------------------------------------------- */

void sim_raft_safety_applied(SimRaftSafety *safety, uint64_t server, uint64_t index, uint64_t term,
                             GBytes *command)
{
    if (safety->applied->len <= index) {
        g_array_set_size(safety->applied, (guint)index + 1);
    }
    Applied *applied = &g_array_index(safety->applied, Applied, index);
    const uint64_t content = hash_bytes(command);
    if (applied->term == 0) {
        *applied = (Applied) { .term = term, .content = content, .server = server };
    } else if (applied->term != term || applied->content != content) {
        report_breach(safety, SIM_RAFT_STATE_MACHINE_SAFETY, server, applied->server, term, index);
    }
}

/* --- lives -------------------------------------------------------------------------------- */

SimRaftSafety *sim_raft_safety_new(void (*breach)(void *data, const SimRaftBreach *breach),
                                   void *data)
{
    SimRaftSafety *safety = g_new0(SimRaftSafety, 1);
    safety->breach = breach;
    safety->data = data;
    safety->leaders = g_hash_table_new(g_direct_hash, g_direct_equal);
    safety->first_seen = g_array_new(FALSE, TRUE, sizeof(guint));
    safety->seen = g_array_new(FALSE, FALSE, sizeof(Seen));
    safety->applied = g_array_new(FALSE, TRUE, sizeof(Applied));
    safety->logs = g_array_new(FALSE, FALSE, sizeof(Log));
    g_array_set_clear_func(safety->logs, clear_log);
    return safety;
}

void sim_raft_safety_free(SimRaftSafety *safety)
{
    if (safety == NULL) {
        return;
    }
    g_hash_table_unref(safety->leaders);
    g_array_unref(safety->first_seen);
    g_array_unref(safety->seen);
    g_array_unref(safety->applied);
    g_array_unref(safety->logs);
    g_free(safety);
}
