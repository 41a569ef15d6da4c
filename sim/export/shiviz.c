/* sim/export/shiviz.c -- events with vector clocks, two lines each:
 *
 *      n1 {"n1":4, "n2":2}
 *      12.345 s send CHANGE shop-1 to n3
 *
 * Messages that only keep connections warm are left out, and so is what comes after the first
 * MOST_EVENTS events: the page draws each of them. */
#include <string.h>

#include "sim/export/internal.h"

enum {
    MOST_EVENTS = 5000
};

typedef struct Clocks {
    const SimWorld *world;
    GString *out;
    GHashTable *hosts; /* SimEndpoint -> Clock */
    GHashTable *sent;  /* id of a SEND or ANSWERED -> Clock, until it is received */
    guint events;
} Clocks;

typedef struct Tick {
    SimEndpoint host;
    uint32_t count;
} Tick;
/* GArray of Tick, in order of first meeting. */

static GArray *new_clock(void)
{
    return g_array_new(false, false, sizeof(Tick));
}

static Tick *tick_of(GArray *clock, SimEndpoint host)
{
    for (guint i = 0; i < clock->len; i++) {
        if (g_array_index(clock, Tick, i).host == host) {
            return &g_array_index(clock, Tick, i);
        }
    }
    Tick tick = { .host = host };
    g_array_append_val(clock, tick);
    return &g_array_index(clock, Tick, clock->len - 1);
}

static void merge(GArray *clock, const GArray *other)
{
    for (guint i = 0; other != NULL && i < other->len; i++) {
        const Tick *tick = &g_array_index(other, Tick, i);
        Tick *own = tick_of(clock, tick->host);
        own->count = MAX(own->count, tick->count);
    }
}

static GArray *clock_of(Clocks *clocks, SimEndpoint host)
{
    GArray *clock = g_hash_table_lookup(clocks->hosts, GUINT_TO_POINTER(host));
    if (clock == NULL) {
        clock = new_clock();
        g_hash_table_insert(clocks->hosts, GUINT_TO_POINTER(host), clock);
    }
    return clock;
}

/* A host's name must hold no blank. */
static char *host_name(const SimWorld *world, SimEndpoint host)
{
    return g_strdelimit(g_strdup(sim_world_endpoint_name(world, host)), " \t\n", '_');
}

static void append_clock(const Clocks *clocks, const GArray *clock)
{
    g_string_append_c(clocks->out, '{');
    for (guint i = 0; i < clock->len; i++) {
        const Tick *tick = &g_array_index(clock, Tick, i);
        g_autofree char *name = host_name(clocks->world, tick->host);
        g_string_append(clocks->out, i > 0 ? ", " : "");
        sim_export_string(clocks->out, name);
        g_string_append_printf(clocks->out, ":%u", tick->count);
    }
    g_string_append_c(clocks->out, '}');
}

static void append_event(Clocks *clocks, const SimRecord *record, GArray *clock)
{
    g_autofree char *host = host_name(clocks->world, record->subject);
    g_autofree char *name = record->op < SIM_N_OPS || record->client != DISTRO_NONE
                                ? sim_export_call_name(clocks->world, record)
                                : g_strdup("");
    g_string_append_printf(clocks->out, "%s ", host);
    append_clock(clocks, clock);
    g_string_append_printf(clocks->out, "\n%.3f s %s %s", (double)record->at_us / 1e6,
                           sim_export_kind((SimTraceKind)record->kind), name);
    if (record->object != SIM_NO_ENDPOINT) {
        g_string_append_printf(
            clocks->out, " %s %s",
            record->kind == SIM_TRACE_DELIVERED || record->kind == SIM_TRACE_ARRIVED ? "from"
                                                                                     : "to",
            sim_world_endpoint_name(clocks->world, record->object));
    }
    g_string_append_c(clocks->out, '\n');
    clocks->events++;
}

static bool is_chatter(const SimRecord *record)
{
    return record->op == SIM_OP_HEALTH || record->op == SIM_OP_REPORT ||
           record->op == SIM_OP_PING || record->op == SIM_OP_CONNECT;
}

static bool is_told(const SimRecord *record)
{
    if (record->subject == SIM_NO_ENDPOINT || is_chatter(record)) {
        return false;
    }
    switch ((int)record->kind) {
    case SIM_TRACE_SEND:
    case SIM_TRACE_DELIVERED:
    case SIM_TRACE_ANSWERED:
    case SIM_TRACE_ARRIVED:
    case SIM_TRACE_MESSAGE_TIMEOUT:
    case SIM_TRACE_NODE_CRASH:
    case SIM_TRACE_NODE_BOOT:
    case SIM_TRACE_NODE_PAUSE:
    case SIM_TRACE_CLIENT_KILLED:
    case SIM_TRACE_CLIENT_CRASHED:
    case DISTRO_EVENT_LEASE_EXPIRED:
    case DISTRO_EVENT_BEAT_EXPIRED:
        return true;
    default:
        return false;
    }
}

/* A request's clock is kept by its SEND, an answer's by the same call's ANSWERED. */
static void tell(Clocks *clocks, const SimRecord *record, uint32_t id)
{
    GArray *clock = clock_of(clocks, record->subject);
    if (record->kind == SIM_TRACE_DELIVERED) {
        merge(clock, g_hash_table_lookup(clocks->sent, GUINT_TO_POINTER(record->call)));
    }
    if (record->kind == SIM_TRACE_ARRIVED) {
        merge(clock, g_hash_table_lookup(clocks->sent, GUINT_TO_POINTER(record->cause)));
    }
    tick_of(clock, record->subject)->count++;
    if (record->kind == SIM_TRACE_SEND || record->kind == SIM_TRACE_ANSWERED) {
        GArray *copy = new_clock();
        merge(copy, clock);
        g_hash_table_insert(clocks->sent, GUINT_TO_POINTER(id), copy);
    }
    append_event(clocks, record, clock);
}

void sim_export_shiviz(const SimWorld *world, const SimExportSlice *slice, GString *out)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    uint32_t first = sim_trace_first_id(world->trace);
    Clocks clocks = { .world = world, .out = out };
    clocks.hosts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    clocks.sent = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    for (size_t i = 0; i < count && clocks.events < MOST_EVENTS; i++) {
        if (is_told(&records[i]) && sim_export_wants(slice, &records[i])) {
            tell(&clocks, &records[i], first + (uint32_t)i);
        }
    }
    g_hash_table_unref(clocks.hosts);
    g_hash_table_unref(clocks.sent);
}
