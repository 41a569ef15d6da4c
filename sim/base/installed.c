/* sim/base/installed.c -- see installed.h. */
#include "sim/base/installed.h"

#include <glib.h>

static char *path_below(const char *folder, const char *relative)
{
    g_autofree char *path = g_build_filename(folder, "share", "distrosim", relative, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

char *sim_installed_path(const char *relative)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    if (program == NULL) {
        return NULL;
    }
    g_autofree char *folder = g_path_get_dirname(program);
    char *beside = path_below(folder, relative);
    if (beside != NULL) {
        return beside;
    }
    g_autofree char *above = g_path_get_dirname(folder);
    return path_below(above, relative);
}
