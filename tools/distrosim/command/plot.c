/* tools/distrosim/command/plot.c -- distrosim plot: pictures of results that are there already. */
#include <stdio.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/output/plots.h"

static json_t *read_json(const char *folder, const char *name, ExitStatus *status)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    json_t *value = json_read_file(path, &error);
    if (value == NULL) {
        complain("%s", error->message);
        *status = STATUS_NO_FILE;
    }
    return value;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_at(object, key);
    return text != NULL ? text : "?";
}

static ExitStatus tell_drawn(const char *folder, bool drawn, const GError *error)
{
    if (!drawn) {
        complain("%s", error->message);
        return g_error_matches(error, PLOTS_ERROR, PLOTS_ERROR_NO_GNUPLOT) ? STATUS_UNAVAILABLE
                                                                           : STATUS_CANNOT_WRITE;
    }
    printf("plots %s/\n", folder);
    return STATUS_HELD;
}

static ExitStatus plot_run(const char *folder)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(json_t) summary = read_json(folder, "summary.json", &status);
    if (summary == NULL) {
        return status;
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *title =
        g_strdup_printf("%s, seed %s", text_at(summary, "scenario"), text_at(summary, "seed"));
    bool drawn = plots_draw_run(folder, title, &error);
    return tell_drawn(folder, drawn, error);
}

static ExitStatus plot_sweep(const char *folder)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(json_t) sweep = read_json(folder, "sweep.json", &status);
    if (sweep == NULL) {
        return status;
    }
    g_autoptr(GError) error = NULL;
    unsigned groups = (unsigned)json_array_size(json_object_get(sweep, "groups"));
    bool drawn = plots_draw_sweep(folder, text_at(sweep, "title"), groups, &error);
    return tell_drawn(folder, drawn, error);
}

static ExitStatus plot_command(const Arguments *arguments)
{
    const char *folder = g_ptr_array_index(arguments->operands, 0);
    g_autoptr(GError) error = NULL;
    switch (files_result_kind(folder, &error)) {
    case RESULT_NONE:
        break;
    case RESULT_RUN:
        return plot_run(folder);
    case RESULT_SWEEP:
        return plot_sweep(folder);
    }
    complain("%s", error->message);
    return STATUS_NO_FILE;
}

const Command command_plot = {
    .name = "plot",
    .operands = "RUN_OR_SWEEP_DIR",
    .about = "draw results as SVG and PNG; needs gnuplot",
    .more = "A run gives timeline and convergence, a sweep gives figures, beside the tables that\n"
            "they are drawn from.\n",
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = 1,
    .run = plot_command,
};
