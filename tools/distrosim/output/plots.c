/* tools/distrosim/output/plots.c -- see plots.h. */
#include "tools/distrosim/output/plots.h"

#include <glib/gstdio.h>

#include "sim/base/installed.h"

G_DEFINE_QUARK(plots-error-quark, plots_error)

static bool set_failed(GError **error, const char *script, const char *reason)
{
    g_set_error(error, PLOTS_ERROR, PLOTS_ERROR_FAILED, "gnuplot could not draw %s: %s", script,
                reason);
    return false;
}

/* What gnuplot printed says more than how it ended, if it printed anything. */
static bool ended_well(int status, char *output, const char *script, GError **error)
{
    g_autoptr(GError) end = NULL;
    if (g_spawn_check_wait_status(status, &end)) {
        return true;
    }
    const char *printed = g_strstrip(output);
    return set_failed(error, script, *printed != '\0' ? printed : end->message);
}

/* Runs @script over the tables in @folder; @target is written beside its place and renamed. */
static bool draw_script(const char *script, const char *folder, const char *target,
                        const char *title, const char *extra, GError **error)
{
    g_autofree char *relative = g_build_filename("plot", script, NULL);
    g_autofree char *path = sim_installed_path(relative);
    if (path == NULL) {
        g_set_error(error, PLOTS_ERROR, PLOTS_ERROR_FAILED,
                    "the gnuplot script %s is not where distrosim was installed", script);
        return false;
    }
    g_autofree char *hidden = g_strdup_printf(".%s", target);
    g_autofree char *temporary = g_build_filename(folder, hidden, NULL);
    g_autofree char *place = g_build_filename(folder, target, NULL);
    const char *words[] = { "gnuplot", "-c", path, folder, temporary, title, extra, NULL };
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C.UTF-8", true);
    g_autofree char *output = NULL;
    int status = 0;
    bool done =
        g_spawn_sync(NULL, (char **)words, environment,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &output,
                     &status, error) &&
        ended_well(status, output, script, error) &&
        (g_rename(temporary, place) == 0 || set_failed(error, script, "no picture appeared"));
    if (!done) {
        g_unlink(temporary);
    }
    return done;
}

static bool has_gnuplot(GError **error)
{
    g_autofree char *path = g_find_program_in_path("gnuplot");
    if (path == NULL) {
        g_set_error(error, PLOTS_ERROR, PLOTS_ERROR_NO_GNUPLOT,
                    "no plots were drawn, since gnuplot is not installed "
                    "(apt-get install gnuplot-nox); 'distrosim plot DIR' draws them later");
    }
    return path != NULL;
}

bool plots_draw_run(const char *folder, const char *title, GError **error)
{
    return has_gnuplot(error) &&
           draw_script("timeline.gp", folder, "timeline.svg", title, "", error) &&
           draw_script("timeline.gp", folder, "timeline.png", title, "", error) &&
           draw_script("convergence.gp", folder, "convergence.svg", title, "", error) &&
           draw_script("convergence.gp", folder, "convergence.png", title, "", error);
}

bool plots_draw_sweep(const char *folder, const char *title, unsigned groups, GError **error)
{
    g_autofree char *count = g_strdup_printf("%u", groups);
    return has_gnuplot(error) &&
           draw_script("sweep.gp", folder, "figures.svg", title, count, error) &&
           draw_script("sweep.gp", folder, "figures.png", title, count, error);
}
