/* tools/distrosim/command/trace.c -- distrosim trace: what happened in a run, for other tools to
 * read. */
#include <stdio.h>
#include <unistd.h>

#include "sim/explain/world.h"
#include "sim/export/export.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/hint.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/run/rerun.h"

typedef struct Trace {
    const Arguments *arguments;
    SimExportFormat format;
    SimExportSlice slice;
    GArray *clients; /* DistroClient: those of --instance */
    GString *bytes;
    GError *error;
} Trace;

static bool find_node(Trace *trace, const SimWorld *world)
{
    const char *name = trace->arguments->node;
    const SimNode *node = name != NULL ? sim_world_find_node(world, name) : NULL;
    if (name == NULL || node != NULL) {
        trace->slice.node = node != NULL ? node->index : SIM_NO_ENDPOINT;
        return true;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < world->nodes->len; i++) {
        g_ptr_array_add(names, sim_world_node(world, i)->name);
    }
    g_autofree char *hint = hint_names(name, (const char *const *)(void *)names->pdata, names->len);
    g_set_error(&trace->error, SIM_EXPLAIN_ERROR, SIM_EXPLAIN_ERROR_UNKNOWN,
                "there is no node '%s' in this run; %s", name, hint);
    return false;
}

static bool find_instance(Trace *trace, const SimWorld *world)
{
    const char *name = trace->arguments->instance;
    if (name == NULL) {
        return true;
    }
    if (!sim_explain_ids(world, name, trace->clients, &trace->slice.publisher, &trace->error)) {
        return false;
    }
    if (trace->clients->len == 0) {
        g_set_error(&trace->error, SIM_EXPLAIN_ERROR, SIM_EXPLAIN_ERROR_UNKNOWN,
                    "no node was ever told of '%s' in this run, so no record is about it", name);
        return false;
    }
    trace->slice.clients = (const DistroClient *)(void *)trace->clients->data;
    trace->slice.n_clients = trace->clients->len;
    return true;
}

static void export_world(void *data, const SimWorld *world, const SimResult *result)
{
    Trace *trace = data;
    (void)result;
    if (find_node(trace, world) && find_instance(trace, world)) {
        trace->bytes = sim_export(world, trace->format, &trace->slice);
    }
}

/* --- what is asked for ------------------------------------------------------------------------ */

/* Viewers that draw time show the story's: what came before is for those who ask for it. */
static int64_t first_instant(SimExportFormat format)
{
    return format == SIM_EXPORT_PERFETTO || format == SIM_EXPORT_PCAPNG ? 0 : INT64_MIN;
}

static bool read_slice(Trace *trace)
{
    const Arguments *arguments = trace->arguments;
    trace->slice = sim_export_whole();
    trace->slice.from_us = first_instant(trace->format);
    bool part = arguments->from != NULL || arguments->to != NULL || arguments->node != NULL ||
                arguments->instance != NULL;
    if (part && trace->format == SIM_EXPORT_HISTORY) {
        complain("a checker needs the whole history: --from, --to, --instance and --node are for "
                 "the other formats");
        return false;
    }
    if (!rerun_read_instant("from", arguments->from, true, &trace->slice.from_us) ||
        !rerun_read_instant("to", arguments->to, true, &trace->slice.to_us)) {
        return false;
    }
    if (trace->slice.from_us > trace->slice.to_us) {
        complain("--to %s is over before it begins", arguments->to);
        return false;
    }
    return true;
}

static ExitStatus write_out(const Arguments *arguments, const GString *bytes)
{
    g_autoptr(GError) error = NULL;
    if (arguments->output == NULL || g_str_equal(arguments->output, "-")) {
        fwrite(bytes->str, 1, bytes->len, stdout); /* main.c sees whether that went well */
        return STATUS_HELD;
    }
    if (files_write(arguments->output, bytes->str, (gssize)bytes->len, &error)) {
        return STATUS_HELD;
    }
    complain("%s", error->message);
    return STATUS_CANNOT_WRITE;
}

static bool read_format(const Arguments *arguments, SimExportFormat *format)
{
    const char *names[SIM_N_EXPORTS];
    for (int i = 0; i < SIM_N_EXPORTS; i++) {
        names[i] = sim_export_name((SimExportFormat)i);
    }
    if (arguments->format == NULL) {
        *format = SIM_EXPORT_TEXT;
        return true;
    }
    if (sim_export_parse(arguments->format, format)) {
        return true;
    }
    g_autofree char *hint = hint_names(arguments->format, names, SIM_N_EXPORTS);
    complain("there is no trace format '%s'; %s", arguments->format, hint);
    return false;
}

static bool fits_terminal(const Arguments *arguments, SimExportFormat format)
{
    if (format != SIM_EXPORT_PCAPNG || arguments->output != NULL || !isatty(STDOUT_FILENO)) {
        return true;
    }
    complain("a packet capture is no text for a terminal; -o FILE says where to put it");
    return false;
}

static ExitStatus trace_command(const Arguments *arguments)
{
    Trace trace = { .arguments = arguments };
    if (!read_format(arguments, &trace.format) || !fits_terminal(arguments, trace.format) ||
        !read_slice(&trace)) {
        return STATUS_USAGE;
    }
    g_autoptr(GArray) clients = g_array_new(false, false, sizeof(DistroClient));
    trace.clients = clients;
    g_auto(Request) request = { 0 };
    request_init(&request);
    Rerun what = {
        .folder = g_ptr_array_index(arguments->operands, 0),
        .payloads = trace.format == SIM_EXPORT_PCAPNG,
        .quiet = true,
        .inspect = export_world,
        .data = &trace,
    };
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimResult) result = rerun(&what, &request, &status);
    if (result != NULL && trace.error != NULL) {
        complain("%s", trace.error->message);
        status = STATUS_USAGE;
    } else if (result != NULL && trace.bytes != NULL) {
        status = write_out(arguments, trace.bytes);
    }
    if (trace.bytes != NULL) {
        g_string_free(trace.bytes, true);
    }
    g_clear_error(&trace.error);
    return status;
}

const Command command_trace = {
    .name = "trace",
    .operands = "RUN_DIR",
    .about = "write what happened in a run, in one of several formats",
    .more =
        "The run is made again with recording on. Without -o it goes to standard output.\n\n"
        "  text      a line per record, with its number and its cause's (the default)\n"
        "  ndjson    a JSON object per line\n"
        "  perfetto  opens in ui.perfetto.dev and chrome://tracing\n"
        "  shiviz    events with vector clocks for ShiViz; parse them with\n"
        "            " SIM_SHIVIZ_EXPRESSION "\n"
        "  mermaid   a sequenceDiagram of the first 120 messages of replication\n"
        "  pcapng    packets for Wireshark, with Nacos's JSON in them; instants start at\n"
        "            2025-01-01T00:00:00Z\n"
        "  history   what clients asked for and the story read, a JSON object per line, for\n"
        "            Jepsen's and Porcupine's checkers\n\n"
        "--from, --to, --instance and --node take a part of it. Time 0 is the story's: perfetto\n"
        "and pcapng begin there unless --from says otherwise, mermaid always does.\n",
    .options = (const OptionId[]) { OPTION_FORMAT, OPTION_FROM, OPTION_TO, OPTION_INSTANCE,
                                    OPTION_NODE, OPTION_OUTPUT, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = 1,
    .run = trace_command,
};
