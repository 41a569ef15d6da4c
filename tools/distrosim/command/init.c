/* tools/distrosim/command/init.c -- distrosim init: a folder to write scenarios in.
 *
 * What it writes stands in share/distrosim/init. Nothing is written unless all of it can be, and
 * nothing that exists is touched. */
#include <glib/gstdio.h>
#include <stdio.h>

#include "sim/base/installed.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"

#define STORY "scenarios/a-rolling-restart-hides-no-provider.lua"

static const struct {
    const char *template, *path; /* in share/distrosim/init; in the new folder */
    const char *about;
} parts[] = {
    { "story.lua", STORY, "a first scenario" },
    { "luarc.json", ".luarc.json", "settings of the Lua language server" },
    { "github-actions.yml", ".github/workflows/distrosim.yml",
      "a workflow that gates pull requests" },
    { "gitignore", "results/.gitignore", "keeps results out of the repository" },
};

/* False, and a complaint, if something is there that would be overwritten. */
static bool is_free(const char *folder)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(folder, parts[i].path, NULL);
        GStatBuf status;
        if (g_lstat(path, &status) == 0) {
            complain("'%s' is there already, and init overwrites nothing", path);
            return false;
        }
    }
    return true;
}

/* The text of a template, with @share@ replaced by where distrosim's own files are. */
static char *read_template(const char *name, GError **error)
{
    g_autofree char *relative = g_build_filename("init", name, NULL);
    g_autofree char *path = sim_installed_path(relative);
    g_autofree char *text = NULL;
    if (path == NULL) {
        g_set_error(error, FILES_ERROR, FILES_ERROR_NO_FILE,
                    "share/distrosim/init/%s is not where distrosim was installed", name);
        return NULL;
    }
    if (!g_file_get_contents(path, &text, NULL, error)) {
        return NULL;
    }
    g_autofree char *init = g_path_get_dirname(path);
    g_autofree char *share = g_path_get_dirname(init);
    g_auto(GStrv) pieces = g_strsplit(text, "@share@", -1);
    return g_strjoinv(share, pieces);
}

static bool write_part(const char *folder, const char *relative, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, relative, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    return files_make_folder(parent, error) && files_write(path, text, -1, error);
}

static ExitStatus write_parts(const char *folder)
{
    g_autoptr(GError) error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *text = read_template(parts[i].template, &error);
        if (text == NULL) {
            complain("%s", error->message);
            return STATUS_NO_FILE;
        }
        if (!write_part(folder, parts[i].path, text, &error)) {
            complain("%s", error->message);
            return STATUS_CANNOT_WRITE;
        }
        printf("wrote %-52s %s\n", parts[i].path, parts[i].about);
    }
    return STATUS_HELD;
}

static void print_next_steps(const char *folder)
{
    g_autofree char *word = format_shell_word(folder);
    if (!g_str_equal(folder, ".")) {
        printf("next  cd %s\n", word);
    }
    puts("next  distrosim run " STORY " --seed 1");
}

static ExitStatus init_command(const Arguments *arguments)
{
    const char *folder =
        arguments->operands->len > 0 ? g_ptr_array_index(arguments->operands, 0) : ".";
    g_autoptr(GError) error = NULL;
    if (!is_free(folder)) {
        return STATUS_USAGE;
    }
    if (!files_can_write(folder, &error)) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    ExitStatus status = write_parts(folder);
    if (status == STATUS_HELD) {
        print_next_steps(folder);
    }
    return status;
}

const Command command_init = {
    .name = "init",
    .operands = "[DIR]",
    .about = "begin a project: a scenario, an editor's settings, a CI file",
    .more =
        "DIR is the working folder if not given, and is made if need be. Nothing that exists is\n"
        "overwritten: what stands in the way is named, and nothing is written (status 64).\n",
    .offer = OFFER_FOLDER,
    .high = 1,
    .run = init_command,
};
