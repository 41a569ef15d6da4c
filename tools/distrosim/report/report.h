/* tools/distrosim/report/report.h -- report.html: one page about a run or a sweep, self-contained.
 *
 *      run_page.c    the page of a run
 *      sweep_page.c  the page of a sweep
 *      sites.c       figures by site and direction
 *      curve.c       curves as SVG: divergence over time, convergence
 *      diagram.c     the space-time diagram as SVG
 *      html.c        text that cannot break out of its place
 *
 * The page loads nothing: its style is put in, pictures are SVG in place. */
#pragma once

#include <jansson.h>

#include "sim/run/run.h"
#include "tools/distrosim/cli/request.h"

#define REPORT_NAME "report.html"

/* What only the world knows; taken while it is there. */
typedef struct ReportView {
    GArray *state;    /* NodeState */
    GString *diagram; /* SVG, maybe empty */
    json_t *sealed;   /* pinpoint.json of the run, if there is one */
} ReportView;
void report_view_clear(ReportView *view);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ReportView, report_view_clear)
/* For Runner.inspect; @data is a ReportView. */
void report_look(void *data, const SimWorld *world, const SimResult *result);

/* Writes report.html into @folder. @sweep is what its sweep.json says. */
bool report_write_run(const char *folder, const SimResult *result, const Request *request,
                      const ReportView *view, GError **error);
bool report_write_sweep(const char *folder, const json_t *sweep, GError **error);

/* --- between its files ----------------------------------------------------------------------- */

/* @view may be empty. (transfer full) */
GString *report_run_page(const SimResult *result, const Request *request, const ReportView *view);
GString *report_sweep_page(const json_t *sweep);
void report_divergence(GString *page, const SimResult *result);
void report_convergence(GString *page, const SimResult *result);
void report_sites(GString *page, const SimResult *result); /* nothing with one site */
GString *report_diagram(const SimWorld *world, const SimResult *result);
