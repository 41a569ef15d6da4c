/* tools/distrosim/output/plots.h -- pictures, drawn by gnuplot from the tables beside them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum PlotsError {
    PLOTS_ERROR_NO_GNUPLOT,
    PLOTS_ERROR_FAILED,
} PlotsError;
#define PLOTS_ERROR (plots_error_quark())
GQuark plots_error_quark(void);

/* timeline and convergence, as SVG and PNG, from a run's tables in @folder. */
bool plots_draw_run(const char *folder, const char *title, GError **error);
/* figures, as SVG and PNG, from a sweep's groups.csv in @folder; @groups says how many there are.
 */
bool plots_draw_sweep(const char *folder, const char *title, unsigned groups, GError **error);
