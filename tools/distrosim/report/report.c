/* tools/distrosim/report/report.c -- see report.h. */
#include "tools/distrosim/report/report.h"

#include "tools/distrosim/output/files.h"
#include "tools/distrosim/run/state.h"

void report_view_clear(ReportView *view)
{
    g_clear_pointer(&view->state, g_array_unref);
    g_clear_pointer(&view->sealed, json_decref);
    if (view->diagram != NULL) {
        g_string_free(g_steal_pointer(&view->diagram), true);
    }
}

/* A run may be made twice, the second time with a record: the last look counts. */
void report_look(void *data, const SimWorld *world, const SimResult *result)
{
    ReportView *view = data;
    report_view_clear(view);
    view->state = state_take(world);
    view->diagram = report_diagram(world, result);
}

static bool write_page(const char *folder, const GString *page, GError **error)
{
    g_autofree char *path = g_build_filename(folder, REPORT_NAME, NULL);
    return files_write(path, page->str, (gssize)page->len, error);
}

bool report_write_run(const char *folder, const SimResult *result, const Request *request,
                      const ReportView *view, GError **error)
{
    g_autoptr(GString) page = report_run_page(result, request, view);
    return write_page(folder, page, error);
}

bool report_write_sweep(const char *folder, const json_t *sweep, GError **error)
{
    g_autoptr(GString) page = report_sweep_page(sweep);
    return write_page(folder, page, error);
}
