/* tools/distrosim/view/view.h -- a run as one page with a clock: view.html.
 *
 * What the page shows is put into it as one JSON text; the page itself is ../../report/view.html,
 * which loads nothing. Of a large run only what matters goes in: every change of a server, a link
 * or a member, the instances that were listed wrongly and some that were not, and as many messages
 * of replication as a person could look at. What is left out is counted. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "sim/run/run.h"

#define VIEW_NAME "view.html"

/* For Runner.inspect; @data is a json_t **, which is set. */
void view_look(void *data, const SimWorld *world, const SimResult *result);

/* The page around @view. NULL and @error if the page is not installed. (transfer full) */
char *view_page(const json_t *view, GError **error);
