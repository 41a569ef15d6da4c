/* sim/export/mermaid.c -- a sequenceDiagram of the messages that replicate, from time 0 on.
 *
 * A picture of more than MOST_MESSAGES arrows is no picture; a note at the end says how many more
 * there were. Periodic traffic that went well is left out. */
#include <string.h>

#include "sim/client/client.h"
#include "sim/export/internal.h"

enum {
    MOST_MESSAGES = 120
};

static bool is_drawn_op(unsigned op)
{
    return sim_op_is(op, DISTRO_ROLE_STATE) || sim_op_is(op, DISTRO_ROLE_REMOVAL) ||
           op == SIM_OP_SNAPSHOT || op == SIM_OP_FORWARD || op == SIM_OP_REGISTER ||
           op == SIM_OP_DEREGISTER;
}

/* An arrow at the moment a message arrives, or is lost. */
static bool is_arrow(const SimRecord *record)
{
    if (record->at_us < 0 || !is_drawn_op(record->op)) {
        return false;
    }
    return record->kind == SIM_TRACE_DELIVERED ||
           (record->kind == SIM_TRACE_MESSAGE_LOST && record->value < 0);
}

static bool is_note(const SimRecord *record)
{
    if (record->at_us < 0) {
        return false;
    }
    switch ((int)record->kind) {
    case SIM_TRACE_NODE_CRASH:
    case SIM_TRACE_NODE_BOOT:
    case SIM_TRACE_NODE_STOP:
    case SIM_TRACE_NODE_PAUSE:
    case SIM_TRACE_NODE_RESUME:
    case SIM_TRACE_NODE_CLOCK:
    case SIM_TRACE_CLIENT_CLOSED:
    case SIM_TRACE_CLIENT_KILLED:
    case SIM_TRACE_CLIENT_CRASHED:
    case DISTRO_EVENT_LEASE_EXPIRED:
    case DISTRO_EVENT_BEAT_EXPIRED:
    case DISTRO_EVENT_CLIENT_EJECTED:
    case SIM_TRACE_STEP:
    case SIM_TRACE_VIOLATION:
        return true;
    default:
        return false;
    }
}

/* Mermaid takes names of letters and digits only; what people read stands behind "as". */
static char *alias(SimEndpoint endpoint)
{
    return g_strdup_printf("%c%u", sim_endpoint_is_client(endpoint) ? 'c' : 'p',
                           sim_endpoint_index(endpoint));
}

/* '#' and ';' end a text there. */
static char *plain(const char *text)
{
    return g_strdelimit(g_strdelimit(g_strdup(text), ";", ','), "#\n", ' ');
}

static void append_arrow(const SimWorld *world, const SimRecord *record, GString *out)
{
    bool lost = record->kind == SIM_TRACE_MESSAGE_LOST;
    g_autofree char *from = alias(lost ? record->subject : record->object);
    g_autofree char *to = alias(lost ? record->object : record->subject);
    g_autofree char *name = sim_export_call_name(world, record);
    g_autofree char *text = plain(name);
    g_string_append_printf(out, "    %s%s%s: %.3f s %s%s\n", from, lost ? "-x" : "->>", to,
                           (double)record->at_us / 1e6, text, lost ? " lost" : "");
}

static void append_note(const SimWorld *world, const SimRecord *record, GString *out)
{
    bool texted = sim_export_has_text((SimTraceKind)record->kind);
    g_autofree char *who = alias(record->subject == SIM_NO_ENDPOINT ? 0 : record->subject);
    g_autofree char *text = plain(texted ? sim_trace_text_of(world->trace, (uint32_t)record->value)
                                         : sim_export_kind((SimTraceKind)record->kind));
    g_string_append_printf(out, "    Note over %s: %.3f s %s\n", who, (double)record->at_us / 1e6,
                           text);
}

static void append_participants(const SimWorld *world, GHashTable *seen, GString *out)
{
    for (guint i = 0; i < world->nodes->len; i++) {
        g_string_append_printf(out, "    participant p%u as %s\n", i,
                               sim_world_node(world, i)->name);
    }
    for (guint i = 0; i < world->clients->len; i++) {
        if (g_hash_table_contains(seen, GUINT_TO_POINTER(sim_client_endpoint(i)))) {
            g_string_append_printf(out, "    participant c%u as %s\n", i,
                                   sim_client_name(sim_world_client(world, i)));
        }
    }
}

static void see(GHashTable *seen, SimEndpoint endpoint)
{
    if (endpoint != SIM_NO_ENDPOINT) {
        g_hash_table_add(seen, GUINT_TO_POINTER(endpoint));
    }
}

void sim_export_mermaid(const SimWorld *world, const SimExportSlice *slice, GString *out)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GString) body = g_string_new(NULL);
    guint drawn = 0, left_out = 0;
    for (size_t i = 0; i < count; i++) {
        const SimRecord *record = &records[i];
        bool arrow = is_arrow(record);
        if ((!arrow && !is_note(record)) || !sim_export_wants(slice, record)) {
            continue;
        }
        if (drawn == MOST_MESSAGES) {
            left_out += arrow;
            continue;
        }
        drawn += arrow;
        see(seen, record->subject);
        see(seen, arrow ? record->object : SIM_NO_ENDPOINT);
        if (arrow) {
            append_arrow(world, record, body);
        } else {
            append_note(world, record, body);
        }
    }
    g_string_append(out, "sequenceDiagram\n");
    append_participants(world, seen, out);
    g_string_append(out, body->str);
    if (left_out > 0) {
        g_string_append_printf(out, "    Note over p0: and %u more messages\n", left_out);
    }
}
