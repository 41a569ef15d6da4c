/* sim/export/export.c -- the table of formats, and the two plain ones. */
#include "sim/export/export.h"

#include <string.h>

#include "sim/client/client.h"
#include "sim/export/internal.h"

static const struct {
    const char *name;
    void (*write)(const SimWorld *world, const SimExportSlice *slice, GString *out);
} formats[SIM_N_EXPORTS] = {
    [SIM_EXPORT_TEXT] = { "text", sim_export_text },
    [SIM_EXPORT_NDJSON] = { "ndjson", sim_export_ndjson },
    [SIM_EXPORT_PERFETTO] = { "perfetto", sim_export_perfetto },
    [SIM_EXPORT_SHIVIZ] = { "shiviz", sim_export_shiviz },
    [SIM_EXPORT_MERMAID] = { "mermaid", sim_export_mermaid },
    [SIM_EXPORT_PCAPNG] = { "pcapng", sim_export_pcapng },
    [SIM_EXPORT_HISTORY] = { "history", sim_export_history },
};

const char *sim_export_name(SimExportFormat format)
{
    return formats[format].name;
}

bool sim_export_parse(const char *name, SimExportFormat *format)
{
    for (int i = 0; i < SIM_N_EXPORTS; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *format = (SimExportFormat)i;
            return true;
        }
    }
    return false;
}

GString *sim_export(const SimWorld *world, SimExportFormat format, const SimExportSlice *slice)
{
    GString *out = g_string_new(NULL);
    formats[format].write(world, slice, out);
    return out;
}

/* --- a part ---------------------------------------------------------------------------------- */

SimExportSlice sim_export_whole(void)
{
    return (SimExportSlice) {
        .from_us = INT64_MIN,
        .to_us = INT64_MAX,
        .node = SIM_NO_ENDPOINT,
        .publisher = SIM_NO_ENDPOINT,
    };
}

static bool names(const SimRecord *record, SimEndpoint endpoint)
{
    return record->subject == endpoint || record->object == endpoint;
}

static bool is_about(const SimExportSlice *slice, const SimRecord *record)
{
    bool to_all = (record->kind >= SIM_TRACE_NODE_BOOT && record->kind <= SIM_TRACE_NODE_LEAVE) ||
                  (record->kind >= SIM_TRACE_LINK_CUT && record->kind <= SIM_TRACE_LINK_CLOG);
    if (slice->n_clients == 0 || to_all || record->op == SIM_OP_SNAPSHOT ||
        (slice->publisher != SIM_NO_ENDPOINT && names(record, slice->publisher))) {
        return true;
    }
    for (size_t i = 0; i < slice->n_clients; i++) {
        if (record->client == slice->clients[i]) {
            return true;
        }
    }
    return false;
}

bool sim_export_wants(const SimExportSlice *slice, const SimRecord *record)
{
    if (record->at_us < slice->from_us || record->at_us > slice->to_us) {
        return false;
    }
    if (sim_export_has_text((SimTraceKind)record->kind)) {
        return true;
    }
    bool there = slice->node == SIM_NO_ENDPOINT || record->subject == SIM_NO_ENDPOINT ||
                 names(record, slice->node);
    return there && is_about(slice, record);
}

/* --- shared ---------------------------------------------------------------------------------- */

const char *sim_export_kind(SimTraceKind kind)
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
    case SIM_TRACE_DELIVERED:
        return "delivered";
    case SIM_TRACE_ANSWERED:
        return "answered";
    case SIM_TRACE_ARRIVED:
        return "arrived";
    case SIM_TRACE_BROKEN:
        return "broken";
    case SIM_TRACE_CONNECTION_LOST:
        return "connection_lost";
    case SIM_TRACE_INTERCEPTED:
        return "intercepted";
    case SIM_TRACE_BRIDGE_PASS:
        return "bridge_pass";
    case SIM_TRACE_READ:
        return "read";
    case SIM_TRACE_RECORD_MADE:
        return "record_made";
    case SIM_TRACE_RECORD_CHANGED:
        return "record_changed";
    case SIM_TRACE_RECORD_REMOVED:
        return "record_removed";
    case SIM_TRACE_RECORD_KEPT:
        return "record_kept";
    case SIM_TRACE_RECORD_ABSENT:
        return "record_absent";
    case SIM_TRACE_WORKER_WAITS:
        return "worker_waits";
    case SIM_TRACE_LEASE_RENEWED:
        return "lease_renewed";
    case SIM_TRACE_RETURNED:
        return "returned";
    case SIM_TRACE_INVOKED:
        return "invoked";
    default:
        break;
    }
    const char *name = sim_trace_kind_name(kind);
    return name != NULL ? name : "other";
}

const char *sim_export_client(const SimWorld *world, DistroClient client)
{
    const SimClient *known = sim_world_client_of_id(world, client);
    return known != NULL ? sim_client_name(known)
                         : distro_dictionary_client_info(world->dictionary, client)->id;
}

char *sim_export_call_name(const SimWorld *world, const SimRecord *send)
{
    const char *op = send->op < SIM_N_OPS ? sim_op_name((SimOp)send->op) : "packet";
    if (send->client == DISTRO_NONE) {
        return g_strdup(op);
    }
    if (send->op == SIM_N_OPS) {
        return g_strdup(sim_export_client(world, send->client));
    }
    return g_strdup_printf("%s %s", op, sim_export_client(world, send->client));
}

const SimRecord *sim_export_send(const SimWorld *world, const SimRecord *record)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    uint32_t first = sim_trace_first_id(world->trace);
    if (record->call < first || record->call - first >= count) {
        return NULL;
    }
    return &records[record->call - first];
}

bool sim_export_has_text(SimTraceKind kind)
{
    return kind == SIM_TRACE_STEP || kind == SIM_TRACE_LOG || kind == SIM_TRACE_VIOLATION;
}

void sim_export_string(GString *out, const char *value)
{
    g_string_append_c(out, '"');
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\') {
            g_string_append_c(out, '\\');
        }
        if ((unsigned char)*c < 0x20) {
            g_string_append_printf(out, "\\u%04x", (unsigned)*c);
        } else {
            g_string_append_c(out, *c);
        }
    }
    g_string_append_c(out, '"');
}

/* --- ndjson ---------------------------------------------------------------------------------- */

static void append_field(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, ",\"%s\":", name);
    sim_export_string(out, value);
}

static void append_object(const SimWorld *world, const SimRecord *record, uint32_t id, GString *out)
{
    SimTraceKind kind = (SimTraceKind)record->kind;
    g_string_append_printf(out, "{\"t_us\":%" G_GINT64_FORMAT, record->at_us);
    append_field(out, "event", sim_export_kind(kind));
    if (record->subject != SIM_NO_ENDPOINT) {
        append_field(out, "subject", sim_world_endpoint_name(world, record->subject));
    }
    if (record->object != SIM_NO_ENDPOINT) {
        append_field(out, "object", sim_world_endpoint_name(world, record->object));
    }
    if (record->op < SIM_N_OPS) {
        append_field(out, "op", sim_op_name((SimOp)record->op));
    }
    if (record->client != DISTRO_NONE) {
        append_field(out, "client",
                     distro_dictionary_client_info(world->dictionary, record->client)->id);
    }
    if (sim_export_has_text(kind)) {
        append_field(out, "text", sim_trace_text_of(world->trace, (uint32_t)record->value));
    } else {
        g_string_append_printf(out, ",\"value\":%" G_GINT64_FORMAT, record->value);
    }
    g_string_append_printf(out, ",\"id\":%u", id);
    if (record->cause) {
        g_string_append_printf(out, ",\"cause\":%u", record->cause);
    }
    if (record->call) {
        g_string_append_printf(out, ",\"call\":%u", record->call);
    }
    g_string_append(out, "}\n");
}

void sim_export_ndjson(const SimWorld *world, const SimExportSlice *slice, GString *out)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    uint32_t first = sim_trace_first_id(world->trace);
    for (size_t i = 0; i < count; i++) {
        if (sim_export_wants(slice, &records[i])) {
            append_object(world, &records[i], first + (uint32_t)i, out);
        }
    }
}

/* --- text ------------------------------------------------------------------------------------ */

static char *parties(const SimWorld *world, const SimRecord *record)
{
    bool subject = record->subject != SIM_NO_ENDPOINT, object = record->object != SIM_NO_ENDPOINT;
    return g_strdup_printf("%s%s%s", subject ? sim_world_endpoint_name(world, record->subject) : "",
                           subject && object ? " > " : "",
                           object ? sim_world_endpoint_name(world, record->object) : "");
}

static void append_line(const SimWorld *world, const SimRecord *record, uint32_t id, GString *out)
{
    SimTraceKind kind = (SimTraceKind)record->kind;
    g_autofree char *who = parties(world, record);
    g_string_append_printf(out, "%12.6f s  %-18s  %-18s", (double)record->at_us / 1e6, who,
                           sim_export_kind(kind));
    if (record->op < SIM_N_OPS) {
        g_string_append_printf(out, "  %s", sim_op_name((SimOp)record->op));
    }
    if (record->client != DISTRO_NONE) {
        g_string_append_printf(out, "  %s", sim_export_client(world, record->client));
    }
    if (sim_export_has_text(kind)) {
        g_string_append_printf(out, "  %s",
                               sim_trace_text_of(world->trace, (uint32_t)record->value));
    } else if (kind != SIM_TRACE_VIEW && record->value != 0) {
        g_string_append_printf(out, "  %" G_GINT64_FORMAT, record->value);
    }
    g_string_append_printf(out, "  #%u", id);
    if (record->cause) {
        g_string_append_printf(out, " <- #%u", record->cause);
    }
    g_string_append_c(out, '\n');
}

void sim_export_text(const SimWorld *world, const SimExportSlice *slice, GString *out)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    uint32_t first = sim_trace_first_id(world->trace);
    for (size_t i = 0; i < count; i++) {
        if (sim_export_wants(slice, &records[i])) {
            append_line(world, &records[i], first + (uint32_t)i, out);
        }
    }
}
