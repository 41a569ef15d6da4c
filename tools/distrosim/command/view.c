/* tools/distrosim/command/view.c -- distrosim view: a run as a page with a clock. */
#include "tools/distrosim/view/view.h"

#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/run/rerun.h"

static ExitStatus write_view(const Arguments *arguments, const char *folder, const json_t *view)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *page = view_page(view, &error);
    if (page == NULL) {
        complain("%s", error->message);
        return STATUS_UNAVAILABLE;
    }
    g_autofree char *own = g_build_filename(folder, VIEW_NAME, NULL);
    const char *path = arguments->output != NULL ? arguments->output : own;
    if (!files_write(path, page, -1, &error)) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    g_autofree char *size = format_bytes(strlen(page));
    printf("view  %s   %s, opens in any browser\n", path, size);
    return STATUS_HELD;
}

static ExitStatus view_command(const Arguments *arguments)
{
    const char *folder = g_ptr_array_index(arguments->operands, 0);
    g_autoptr(json_t) view = NULL;
    g_auto(Request) request = { 0 };
    request_init(&request);
    Rerun what = { .folder = folder, .quiet = true, .inspect = view_look, .data = &view };
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimResult) result = rerun(&what, &request, &status);
    if (result == NULL || view == NULL) {
        return status;
    }
    return write_view(arguments, folder, view);
}

const Command command_view = {
    .name = "view",
    .operands = "RUN_DIR",
    .about = "write a run as one page with a clock: view.html",
    .more = "The page loads nothing from anywhere and works from a file: drag the clock, click a\n"
            "server or an instance, or use the keys that it names. Of a large run it has what "
            "matters:\n"
            "all changes of servers, links and members, the instances that were listed wrongly, "
            "and as\n"
            "many messages as can be looked at. The run is made again with recording on.\n",
    .options = (const OptionId[]) { OPTION_OUTPUT, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = 1,
    .run = view_command,
};
