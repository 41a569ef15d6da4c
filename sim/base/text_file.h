/* sim/base/text_file.h -- a text that a user wrote, read whole if it is of a size that texts
 * have. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Longer than any text that is meant: what is longer was named by mistake, and is not read. */
#define SIM_TEXT_MAX (16u << 20)

typedef enum SimTextError {
    SIM_TEXT_ERROR_NO_FILE, /* none there, not to be read, or no regular file */
    SIM_TEXT_ERROR_TOO_LARGE,
} SimTextError;
#define SIM_TEXT_ERROR (sim_text_error_quark())
GQuark sim_text_error_quark(void);

/* Sets @text (transfer full, with a zero byte after its @size bytes). A byte order mark is left
 * out, and so are the letters of a first line that begins with #!, so that lines keep their
 * numbers. False and @error, a sentence without the path, otherwise. */
bool sim_text_read(const char *path, char **text, gsize *size, GError **error);
