/* sim/run_why.c -- from records to sentences. */
#include "sim/run_why.h"

#include <string.h>

enum {
    FIRST_LINES = 3,
    LAST_LINES = 2
};

/* --- harm ------------------------------------------------------------------------------------ */

/* "12.0 instance-seconds on n3", or "0". The worst node is named. */
static char *amount(const SimResult *result, int64_t all_us, bool lost)
{
    const SimNodeFigures *worst = NULL;
    for (guint i = 0; i < result->nodes->len; i++) {
        const SimNodeFigures *node = &g_array_index(result->nodes, SimNodeFigures, i);
        int64_t us = lost ? node->lost_us : node->zombie_us;
        if (us > 0 && (!worst || us > (lost ? worst->lost_us : worst->zombie_us)))
            worst = node;
    }
    if (!worst)
        return g_strdup("0");
    bool alone = (lost ? worst->lost_us : worst->zombie_us) == all_us;
    return g_strdup_printf("%.1f instance-seconds %s %s", (double)all_us / 1e6,
                           alone ? "on" : "mostly on", worst->name);
}

static char *bytes_text(uint64_t bytes)
{
    if (bytes >= 1 << 20)
        return g_strdup_printf("%.1f MiB", (double)bytes / (1 << 20));
    if (bytes >= 1 << 10)
        return g_strdup_printf("%.1f KiB", (double)bytes / (1 << 10));
    return g_strdup_printf("%" G_GUINT64_FORMAT " B", bytes);
}

char *sim_run_harm(const SimResult *result)
{
    g_autofree char *lost = amount(result, result->lost_us, true);
    g_autofree char *zombies = amount(result, result->zombie_us, false);
    g_autofree char *wan = bytes_text(result->bytes_wan);
    return g_strdup_printf("lost %s, zombies %s, wan %s", lost, zombies, wan);
}

/* --- why ------------------------------------------------------------------------------------- */

static const struct {
    SimTraceKind kind;
    const char *text; /* after whom it concerns */
} telling[] = {
    { SIM_TRACE_MESSAGE_LOST, "lost" },
    { SIM_TRACE_MESSAGE_TIMEOUT, "timed out" },
    { SIM_TRACE_MESSAGE_REFUSED, "refused" },
    { SIM_TRACE_MESSAGE_REPLY_LOST, "its answer was lost" },
    { (SimTraceKind)DISTRO_EVENT_SYNC_FAILED, "sync failed" },
    { (SimTraceKind)DISTRO_EVENT_SYNC_RETRIED, "sync retried" },
    { (SimTraceKind)DISTRO_EVENT_SYNC_DROPPED, "sync dropped" },
    { (SimTraceKind)DISTRO_EVENT_VERIFY_MISMATCH, "verify answered FAIL" },
    { (SimTraceKind)DISTRO_EVENT_VERIFY_FAILED, "verify failed" },
    { (SimTraceKind)DISTRO_EVENT_SNAPSHOT_FAILED, "snapshot failed" },
    { (SimTraceKind)DISTRO_EVENT_WRITE_REFUSED, "write refused" },
    { (SimTraceKind)DISTRO_EVENT_LEASE_EXPIRED, "lease expired" },
    { (SimTraceKind)DISTRO_EVENT_BEAT_EXPIRED, "beats expired" },
    { (SimTraceKind)DISTRO_EVENT_CLIENT_EJECTED, "ejected" },
    { SIM_TRACE_NODE_CRASH, "crashed" },
    { SIM_TRACE_CLIENT_FAILED, "operation failed" },
};

static const char *telling_text(SimTraceKind kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(telling); i++)
        if (telling[i].kind == kind)
            return telling[i].text;
    return NULL;
}

static uint32_t client_of(const SimWorld *world, DistroClient id)
{
    void *found = id ? g_hash_table_lookup(world->client_by_id, GUINT_TO_POINTER(id)) : NULL;
    return found ? GPOINTER_TO_UINT(found) - 1 : UINT32_MAX;
}

static bool concerns(const SimWorld *world, const SimRecord *record, const SimViolation *violation)
{
    if (record->at_us > violation->at_us || !telling_text((SimTraceKind)record->kind))
        return false;
    bool node = violation->node == UINT32_MAX || record->subject == violation->node ||
                record->object == violation->node;
    uint32_t client = client_of(world, record->client);
    bool own =
        violation->client == UINT32_MAX || client == UINT32_MAX || client == violation->client;
    bool named = record->client != DISTRO_NONE || violation->client == UINT32_MAX ||
                 record->subject == sim_client_endpoint(violation->client) ||
                 record->kind == SIM_TRACE_NODE_CRASH;
    return node && own && named;
}

static const char *fault_at(const SimWorld *world, int64_t at_us)
{
    size_t count;
    const SimFault *faults = sim_metrics_faults(world->metrics, &count);
    for (size_t i = count; i-- > 0;)
        if (faults[i].from_us <= at_us && at_us <= faults[i].to_us)
            return faults[i].label;
    return NULL;
}

static char *line_of(const SimWorld *world, const SimRecord *record)
{
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "%.3f s  ", (double)record->at_us / 1e6);
    if (record->subject != SIM_NO_ENDPOINT)
        g_string_append(line, sim_world_endpoint_name(world, record->subject));
    if (record->object != SIM_NO_ENDPOINT)
        g_string_append_printf(line, " > %s", sim_world_endpoint_name(world, record->object));
    if (record->op < SIM_N_OPS)
        g_string_append_printf(line, "  %s", sim_op_name((SimOp)record->op));
    if (record->client != DISTRO_NONE) {
        uint32_t client = client_of(world, record->client);
        g_string_append_printf(
            line, " %s",
            client != UINT32_MAX
                ? sim_client_name(sim_world_client(world, client))
                : distro_dictionary_client_info(world->dictionary, record->client)->id);
    }
    g_string_append_printf(line, "   %s", telling_text((SimTraceKind)record->kind));
    const char *fault = fault_at(world, record->at_us);
    if (record->kind == SIM_TRACE_MESSAGE_LOST && fault)
        g_string_append_printf(line, ": %s", fault);
    return g_string_free(line, FALSE);
}

void sim_run_why(GPtrArray *lines, const SimWorld *world, const SimViolation *violation)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t i = 0; i < count; i++)
        if (records[i].at_us >= 0 && concerns(world, &records[i], violation))
            g_array_append_val(found, i);
    for (guint i = 0; i < found->len; i++)
        if (i < FIRST_LINES || i + LAST_LINES >= found->len)
            g_ptr_array_add(lines, line_of(world, &records[g_array_index(found, size_t, i)]));
}

/* --- the whole trace ------------------------------------------------------------------------- */

static void append_json(GString *text, const char *value)
{
    g_string_append_c(text, '"');
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(text, '\\');
        if ((unsigned char)*c < 0x20)
            g_string_append_printf(text, "\\u%04x", *c);
        else
            g_string_append_c(text, *c);
    }
    g_string_append_c(text, '"');
}

static void append_field(GString *text, const char *name, const char *value)
{
    g_string_append_printf(text, ",\"%s\":", name);
    append_json(text, value);
}

static const char *kind_text(SimTraceKind kind)
{
    switch (kind) {
    case SIM_TRACE_STEP:
        return "step";
    case SIM_TRACE_LOG:
        return "log";
    case SIM_TRACE_SEND:
        return "send";
    case SIM_TRACE_VIEW:
        return "view";
    case SIM_TRACE_VIOLATION:
        return "violation";
    default:
        return sim_trace_kind_name(kind);
    }
}

char *sim_run_trace_text(const SimWorld *world)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        const SimRecord *record = &records[i];
        SimTraceKind kind = (SimTraceKind)record->kind;
        const char *name = kind_text(kind);
        g_string_append_printf(text, "{\"t_us\":%" G_GINT64_FORMAT, record->at_us);
        append_field(text, "event", name ? name : "other");
        if (record->subject != SIM_NO_ENDPOINT)
            append_field(text, "subject", sim_world_endpoint_name(world, record->subject));
        if (record->object != SIM_NO_ENDPOINT)
            append_field(text, "object", sim_world_endpoint_name(world, record->object));
        if (record->op < SIM_N_OPS)
            append_field(text, "op", sim_op_name((SimOp)record->op));
        if (record->client != DISTRO_NONE)
            append_field(text, "client",
                         distro_dictionary_client_info(world->dictionary, record->client)->id);
        if (kind == SIM_TRACE_STEP || kind == SIM_TRACE_LOG || kind == SIM_TRACE_VIOLATION)
            append_field(text, "text", sim_trace_text_of(world->trace, (uint32_t)record->value));
        else
            g_string_append_printf(text, ",\"value\":%" G_GINT64_FORMAT, record->value);
        g_string_append(text, "}\n");
    }
    return g_string_free(text, FALSE);
}
