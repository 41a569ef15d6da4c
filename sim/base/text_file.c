/* sim/base/text_file.c -- see text_file.h. */
#include "sim/base/text_file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

G_DEFINE_QUARK(sim-text-error-quark, sim_text_error)

static bool check_size(const char *path, GError **error)
{
    GStatBuf status;
    if (g_stat(path, &status) != 0) {
        const char *reason = errno == ENOENT ? "no such file" : g_strerror(errno);
        g_set_error_literal(error, SIM_TEXT_ERROR, SIM_TEXT_ERROR_NO_FILE, reason);
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error_literal(error, SIM_TEXT_ERROR, SIM_TEXT_ERROR_NO_FILE, "no regular file");
        return false;
    }
    if (status.st_size > (goffset)SIM_TEXT_MAX) {
        g_set_error(error, SIM_TEXT_ERROR, SIM_TEXT_ERROR_TOO_LARGE,
                    "it has more than %u MiB, so it was not read", SIM_TEXT_MAX >> 20);
        return false;
    }
    return true;
}

static void cut_start(char *text, gsize *size, gsize length)
{
    memmove(text, text + length, *size - length + 1);
    *size -= length;
}

bool sim_text_read(const char *path, char **text, gsize *size, GError **error)
{
    g_autoptr(GError) reading = NULL;
    if (!check_size(path, error)) {
        return false;
    }
    if (!g_file_get_contents(path, text, size, &reading)) {
        g_set_error_literal(error, SIM_TEXT_ERROR, SIM_TEXT_ERROR_NO_FILE, reading->message);
        return false;
    }
    if (g_str_has_prefix(*text, "\xef\xbb\xbf")) {
        cut_start(*text, size, 3);
    }
    if (g_str_has_prefix(*text, "#!")) {
        cut_start(*text, size, strcspn(*text, "\n"));
    }
    return true;
}
