/* tools/distrosim/run/choice_file.c -- see choice_file.h. */
#include "tools/distrosim/run/choice_file.h"

#include <string.h>

#include "sim/base/quantity.h"
#include "sim/base/text_file.h"
#include "sim/explore/explore.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/seeds.h"

#define FIRST_LINE "distrosim-choices 1"

typedef struct Reading {
    const char *path;
    unsigned line;
    ChoiceFile *file;
    bool has_seed;
} Reading;

static void clear_choice(gpointer data)
{
    g_free(((SimChoice *)data)->subject);
}

void choice_file_init(ChoiceFile *file)
{
    *file = (ChoiceFile) { 0 };
    request_init(&file->request);
    file->choices = g_array_new(false, true, sizeof(SimChoice));
    g_array_set_clear_func(file->choices, clear_choice);
}

void choice_file_clear(ChoiceFile *file)
{
    g_clear_pointer(&file->path, g_free);
    g_clear_pointer(&file->scenario, g_free);
    g_clear_pointer(&file->choices, g_array_unref);
    request_clear(&file->request);
}

/* --- reading: the head ----------------------------------------------------------------------- */

G_GNUC_PRINTF(2, 3) static bool complain_line(const Reading *reading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    complain("%s:%u: %s", reading->path, reading->line, text);
    return false;
}

static bool read_scenario(Reading *reading, const char *value)
{
    if (reading->file->scenario != NULL) {
        return complain_line(reading, "a second scenario; a run has one");
    }
    reading->file->scenario = g_strdup(value);
    return true;
}

static bool read_seed(Reading *reading, const char *value)
{
    g_autoptr(GError) error = NULL;
    reading->has_seed = seeds_parse_one(value, &reading->file->seed, &error);
    return reading->has_seed || complain_line(reading, "seed: %s", error->message);
}

static bool read_given(Reading *reading, const char *option, const char *value)
{
    g_autoptr(GError) error = NULL;
    SimSetting setting;
    if (request_split(option, value, &setting, &error) &&
        request_add(&reading->file->request, &setting, &error)) {
        return true;
    }
    return complain_line(reading, "%s", error->message);
}

static bool read_set(Reading *reading, const char *value)
{
    return read_given(reading, "set", value);
}

static bool read_setting(Reading *reading, const char *value)
{
    g_autofree char *named = g_strconcat(SIM_PROPERTY_PREFIX, value, NULL);
    return read_given(reading, "setting", named);
}

static bool read_profile(Reading *reading, const char *value)
{
    g_autoptr(GError) error = NULL;
    reading->file->request.profile = g_intern_string(value);
    return request_profile_exists(value, &error) || complain_line(reading, "%s", error->message);
}

static bool read_branch(Reading *reading, const char *value)
{
    ChoiceFile *file = reading->file;
    g_auto(GStrv) words = g_strsplit(value, " ", 2);
    SimQuantity at;
    g_autoptr(GError) error = NULL;
    if (g_strv_length(words) != 2 || !sim_quantity_parse(words[0], &at) ||
        at.kind != SIM_QUANTITY_DURATION || at.value < 0) {
        return complain_line(reading,
                             "branch expects an instant and a seed, such as '9.072s 7', "
                             "got '%s'",
                             value);
    }
    if (!seeds_parse_one(words[1], &file->branch_seed, &error)) {
        return complain_line(reading, "branch: %s", error->message);
    }
    file->branches = true;
    file->branch_us = (int64_t)at.value;
    return true;
}

static bool read_kinds(Reading *reading, const char *value)
{
    g_autofree char *wrong = NULL;
    reading->file->explores = true;
    return strcmp(value, "none") == 0 ||
           sim_fault_kinds_parse(value, &reading->file->kinds, &wrong) ||
           complain_line(reading,
                         "'%s' is no kind of fault; there are lose, hold, cut, crash, message",
                         wrong);
}

static bool read_fingerprint(Reading *reading, const char *value)
{
    char *end = NULL;
    reading->file->fingerprint = g_ascii_strtoull(value, &end, 16);
    reading->file->named = strlen(value) == 16 && *end == '\0';
    return reading->file->named ||
           complain_line(reading, "fingerprint expects 16 hex digits, got '%s'", value);
}

typedef struct Field {
    const char *name;
    bool (*read)(Reading *reading, const char *value);
} Field;

static bool read_head_line(Reading *reading, const char *text)
{
    static const Field fields[] = {
        { "scenario", read_scenario }, { "seed", read_seed },
        { "set", read_set },           { "setting", read_setting },
        { "profile", read_profile },   { "branch", read_branch },
        { "kinds", read_kinds },       { "fingerprint", read_fingerprint },
    };
    const char *space = strchr(text, ' ');
    const size_t length = space != NULL ? (size_t)(space - text) : strlen(text);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (strlen(fields[i].name) != length || strncmp(fields[i].name, text, length) != 0) {
            continue;
        }
        if (space == NULL || space[1] == '\0') {
            return complain_line(reading, "%s expects a value", fields[i].name);
        }
        return fields[i].read(reading, space + 1);
    }
    return complain_line(
        reading,
        "'%.*s' is no field of a file of choices; there are scenario, seed, "
        "profile, set, branch, kinds, fingerprint, and after an empty line the choices",
        (int)length, text);
}

/* --- reading: the choices -------------------------------------------------------------------- */

static bool take_number(const char **text, char end, uint64_t *number)
{
    char *after = NULL;
    if (!g_ascii_isdigit(**text)) {
        return false;
    }
    *number = g_ascii_strtoull(*text, &after, 10);
    if (*after != end) {
        return false;
    }
    *text = after + 1;
    return true;
}

static bool read_choice(Reading *reading, const char *text)
{
    SimChoice choice = { .line = reading->line };
    const char *rest = text;
    const char *space = take_number(&rest, ' ', &choice.index) ? strchr(rest, ' ') : NULL;
    g_autofree char *kind = space != NULL ? g_strndup(rest, (gsize)(space - rest)) : NULL;
    rest = space != NULL ? space + 1 : "";
    if (kind == NULL || *kind == '\0' || !take_number(&rest, '/', &choice.chosen) ||
        !take_number(&rest, ' ', &choice.of) || *rest == '\0') {
        return complain_line(reading,
                             "a choice is written 'index kind chosen/of subject', such as "
                             "'3 one_of 1/4 story.lua:14', got '%s'",
                             text);
    }
    if (choice.chosen >= choice.of) {
        return complain_line(reading,
                             "%" G_GUINT64_FORMAT " is none of %" G_GUINT64_FORMAT
                             " ways, which are counted from 0",
                             choice.chosen, choice.of);
    }
    const GArray *before = reading->file->choices;
    if (before->len > 0 &&
        g_array_index(before, SimChoice, before->len - 1).index >= choice.index) {
        return complain_line(reading,
                             "choice %" G_GUINT64_FORMAT " comes after choice "
                             "%" G_GUINT64_FORMAT "; the numbers go up",
                             choice.index, g_array_index(before, SimChoice, before->len - 1).index);
    }
    choice.kind = g_intern_string(kind);
    choice.subject = g_strdup(rest);
    g_array_append_val(reading->file->choices, choice);
    return true;
}

static bool read_lines(Reading *reading, char *const *lines)
{
    bool in_head = true;
    for (reading->line = 1; lines[reading->line - 1] != NULL; reading->line++) {
        const char *text = lines[reading->line - 1];
        bool fine = true;
        if (reading->line == 1) {
            fine = strcmp(text, FIRST_LINE) == 0 ||
                   complain_line(reading, "a file of choices begins with '" FIRST_LINE "'");
        } else if (*text == '\0') {
            in_head = false;
        } else {
            fine = in_head ? read_head_line(reading, text) : read_choice(reading, text);
        }
        if (!fine) {
            return false;
        }
    }
    if (reading->file->scenario == NULL || !reading->has_seed) {
        return complain_line(reading, "the %s of the run is missing",
                             reading->file->scenario == NULL ? "scenario" : "seed");
    }
    return true;
}

ExitStatus choice_file_read(const char *path, ChoiceFile *file)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize size = 0;
    if (!sim_text_read(path, &text, &size, &error)) {
        complain("%s: %s", path, error->message);
        return g_error_matches(error, SIM_TEXT_ERROR, SIM_TEXT_ERROR_NO_FILE)
                   ? STATUS_NO_FILE
                   : STATUS_WRONG_SCENARIO;
    }
    file->path = g_strdup(path);
    Reading reading = { .path = path, .file = file };
    if (strlen(text) != size || !g_utf8_validate(text, -1, NULL)) {
        complain("%s is no text", path);
        return STATUS_WRONG_SCENARIO;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    return read_lines(&reading, lines) ? STATUS_HELD : STATUS_WRONG_SCENARIO;
}

/* --- writing --------------------------------------------------------------------------------- */

static void append_head(GString *text, const Runner *runner)
{
    g_string_append_printf(text, FIRST_LINE "\nscenario %s\nseed %" G_GUINT64_FORMAT "\n",
                           sim_scenario_path(runner->scenario), runner->seed);
    if (runner->request->profile != NULL) {
        g_string_append_printf(text, "profile %s\n", runner->request->profile);
    }
    for (guint i = 0; i < runner->request->settings->len; i++) {
        const SimSetting *set = &g_array_index(runner->request->settings, SimSetting, i);
        const char *name, *option = request_option(set, &name);
        g_string_append_printf(text, "%s %s=%s\n", option, name, set->value);
    }
    if (runner->explores) {
        g_autofree char *kinds = sim_fault_kinds_text(runner->kinds);
        g_string_append_printf(text, "kinds %s\n", *kinds != '\0' ? kinds : "none");
    }
    if (runner->branches) {
        char at[SIM_QUANTITY_TEXT_SIZE];
        sim_quantity_text(sim_quantity_of(SIM_QUANTITY_DURATION, (double)runner->branch_us), at);
        g_string_append_printf(text, "branch %s %" G_GUINT64_FORMAT "\n", at, runner->branch_seed);
    }
}

char *choice_file_text(const Runner *runner, const GArray *taken, uint64_t fingerprint)
{
    GString *text = g_string_new(NULL);
    append_head(text, runner);
    g_string_append_printf(text, "fingerprint %016" G_GINT64_MODIFIER "x\n\n", fingerprint);
    for (guint i = 0; i < taken->len; i++) {
        const SimChoice *choice = &g_array_index(taken, SimChoice, i);
        if (choice->chosen != 0) {
            g_string_append_printf(
                text, "%" G_GUINT64_FORMAT " %s %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %s\n",
                choice->index, choice->kind, choice->chosen, choice->of, choice->subject);
        }
    }
    return g_string_free(text, false);
}

SimChoices *choice_file_plan(const ChoiceFile *file)
{
    SimChoices *choices = sim_choices_new(SIM_CHOICES_LIST);
    sim_choices_set_origin(choices, file->path);
    for (guint i = 0; i < file->choices->len; i++) {
        sim_choices_plan(choices, &g_array_index(file->choices, SimChoice, i));
    }
    return choices;
}
