/* tools/distrosim/command/trace.c -- distrosim trace: what happened in a run, for other tools to
 * read. */
#include <stdio.h>
#include <unistd.h>

#include "sim/export/export.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/hint.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/run/rerun.h"

typedef struct Trace {
    SimExportFormat format;
    GString *bytes;
} Trace;

static void export_world(void *data, const SimWorld *world, const SimResult *result)
{
    Trace *trace = data;
    (void)result;
    trace->bytes = sim_export(world, trace->format);
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
    Trace trace = { 0 };
    if (!read_format(arguments, &trace.format) || !fits_terminal(arguments, trace.format)) {
        return STATUS_USAGE;
    }
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
    if (result != NULL && trace.bytes != NULL) {
        status = write_out(arguments, trace.bytes);
    }
    if (trace.bytes != NULL) {
        g_string_free(trace.bytes, true);
    }
    return status;
}

const Command command_trace = {
    .name = "trace",
    .operands = "RUN_DIR",
    .about = "write what happened in a run, in one of several formats",
    .more = "The run is made again with recording on. Without -o it goes to standard output.\n\n"
            "  text      a line per record, with its number and its cause's (the default)\n"
            "  ndjson    a JSON object per line\n"
            "  perfetto  opens in ui.perfetto.dev and chrome://tracing\n"
            "  shiviz    events with vector clocks for ShiViz; parse them with\n"
            "            " SIM_SHIVIZ_EXPRESSION "\n"
            "  mermaid   a sequenceDiagram of the first 120 messages of replication\n"
            "  pcapng    packets for Wireshark, with Nacos's JSON in them; instants start at\n"
            "            2025-01-01T00:00:00Z\n"
            "  history   what clients asked for and the story read, a JSON object per line, for\n"
            "            Jepsen's and Porcupine's checkers\n",
    .options = (const OptionId[]) { OPTION_FORMAT, OPTION_OUTPUT, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = 1,
    .run = trace_command,
};
