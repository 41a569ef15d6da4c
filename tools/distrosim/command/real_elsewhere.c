/* tools/distrosim/command/real_elsewhere.c -- real_run of distrosim: distrosim-real takes over.
 *
 * Nothing else stands in this file, so that the linker leaves it out there. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/real.h"

/* The words of this process, up to NULL. (transfer full) */
static char **words_of_process(void)
{
    g_autofree char *text = NULL;
    gsize size;
    GPtrArray *words = g_ptr_array_new();
    if (g_file_get_contents("/proc/self/cmdline", &text, &size, NULL)) {
        for (gsize at = 0; at < size; at += strlen(text + at) + 1) {
            g_ptr_array_add(words, g_strdup(text + at));
        }
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, false);
}

ExitStatus real_run(const Arguments *arguments)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(self != NULL ? self : ".");
    g_autofree char *program = g_build_filename(folder, "distrosim-real", NULL);
    g_auto(GStrv) words = words_of_process();
    (void)arguments;
    execv(program, words);
    if (errno == ENOENT) {
        complain("this distrosim was built without distrod's libraries, and so can play no real "
                 "servers; tools/prepare.sh names them");
    } else {
        complain("%s cannot be run: %s", program, g_strerror(errno));
    }
    return STATUS_UNAVAILABLE;
}
