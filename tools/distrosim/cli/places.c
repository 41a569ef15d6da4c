/* tools/distrosim/cli/places.c -- see places.h. */
#include "tools/distrosim/cli/places.h"

#include <glib.h>
#include <stdbool.h>

static char *if_exists(char *path)
{
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        return path;
    }
    g_free(path);
    return NULL;
}

static char *find_installed(const char *kind, const char *name)
{
    g_autofree char *command = g_file_read_link("/proc/self/exe", NULL);
    if (command == NULL) {
        return NULL;
    }
    g_autofree char *bin = g_path_get_dirname(command);
    return if_exists(g_build_filename(bin, "..", "share", "distrosim", kind, name, NULL));
}

static char *find_in_sources(const char *kind, const char *name)
{
    bool of_tools = g_str_equal(kind, "plot") || g_str_equal(kind, "report");
    g_autofree char *folder = g_strconcat(of_tools ? "tools/" : "", kind, NULL);
    return if_exists(g_build_filename(DISTROSIM_SOURCE_DIR, folder, name, NULL));
}

char *places_find(const char *kind, const char *name)
{
    char *path = find_installed(kind, name);
    return path != NULL ? path : find_in_sources(kind, name);
}
