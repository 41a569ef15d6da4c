/* tools/distrosim/compare/read.c -- see read.h. */
#include "tools/distrosim/compare/read.h"

#include <math.h>
#include <string.h>

#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"

G_DEFINE_QUARK(compare-error-quark, compare_error)

/* --- tables ---------------------------------------------------------------------------------- */

static void free_column(gpointer data)
{
    FigureColumn *column = data;
    g_free(column->name);
    g_array_unref(column->values);
    g_free(column);
}

static void free_group(gpointer data)
{
    FigureGroup *group = data;
    g_free(group->name);
    g_ptr_array_unref(group->columns);
    g_free(group);
}

void figure_table_free(FigureTable *table)
{
    g_ptr_array_unref(table->groups);
    g_free(table);
}

static FigureTable *new_table(bool sweep)
{
    FigureTable *table = g_new0(FigureTable, 1);
    table->sweep = sweep;
    table->groups = g_ptr_array_new_with_free_func(free_group);
    return table;
}

const FigureGroup *figure_table_find(const FigureTable *table, const char *name)
{
    for (guint i = 0; i < table->groups->len; i++) {
        const FigureGroup *group = g_ptr_array_index(table->groups, i);
        if (strcmp(group->name, name) == 0) {
            return group;
        }
    }
    return NULL;
}

const FigureColumn *figure_group_find(const FigureGroup *group, const char *name)
{
    for (guint i = 0; i < group->columns->len; i++) {
        const FigureColumn *column = g_ptr_array_index(group->columns, i);
        if (strcmp(column->name, name) == 0) {
            return column;
        }
    }
    return NULL;
}

static FigureGroup *group_of(FigureTable *table, const char *name)
{
    FigureGroup *group = (FigureGroup *)figure_table_find(table, name);
    if (group != NULL) {
        return group;
    }
    group = g_new0(FigureGroup, 1);
    group->name = g_strdup(name);
    group->columns = g_ptr_array_new_with_free_func(free_column);
    g_ptr_array_add(table->groups, group);
    return group;
}

static void add_value(FigureGroup *group, const char *name, double value)
{
    FigureColumn *column = (FigureColumn *)figure_group_find(group, name);
    if (column == NULL) {
        column = g_new0(FigureColumn, 1);
        column->name = g_strdup(name);
        column->values = g_array_new(false, false, sizeof(double));
        g_ptr_array_add(group->columns, column);
    }
    if (isfinite(value)) {
        g_array_append_val(column->values, value);
    }
}

/* --- a sweep --------------------------------------------------------------------------------- */

static const char *take_quoted(const char *at, GString *field)
{
    while (*at != '\0') {
        if (*at == '"' && at[1] != '"') {
            return at + 1;
        }
        at += *at == '"';
        g_string_append_c(field, *at++);
    }
    return at;
}

GPtrArray *compare_csv_row(const char **text)
{
    const char *at = *text;
    if (*at == '\0') {
        return NULL;
    }
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    for (;;) {
        GString *field = g_string_new(NULL);
        if (*at == '"') {
            at = take_quoted(at + 1, field);
        }
        size_t length = strcspn(at, ",\r\n");
        g_string_append_len(field, at, (gssize)length);
        at += length;
        g_ptr_array_add(fields, g_string_free(field, false));
        if (*at != ',') {
            break;
        }
        at++;
    }
    at += *at == '\r';
    at += *at == '\n';
    *text = at;
    return fields;
}

/* Where things stand in sweep.csv: "scenario", what was varied, "seed", ..., "fingerprint", and
 * figures from there on. */
typedef struct Layout {
    const GPtrArray *names;
    guint seed, verdict, first_figure;
} Layout;

static bool find_name(const GPtrArray *names, const char *name, guint *place)
{
    for (guint i = 0; i < names->len; i++) {
        if (g_str_equal(g_ptr_array_index(names, i), name)) {
            *place = i;
            return true;
        }
    }
    return false;
}

static bool read_layout(const GPtrArray *names, Layout *layout)
{
    guint scenario = 1, fingerprint = 0;
    layout->names = names;
    bool complete = find_name(names, "scenario", &scenario) && scenario == 0 &&
                    find_name(names, "seed", &layout->seed) &&
                    find_name(names, "verdict", &layout->verdict) &&
                    find_name(names, "fingerprint", &fingerprint);
    layout->first_figure = fingerprint + 1;
    return complete;
}

static char *group_name(const Layout *layout, const GPtrArray *fields)
{
    GString *name = g_string_new(g_ptr_array_index(fields, 0));
    for (guint i = 1; i < layout->seed; i++) {
        g_string_append_printf(name, "  %s=%s", (char *)g_ptr_array_index(layout->names, i),
                               (char *)g_ptr_array_index(fields, i));
    }
    return g_string_free(name, false);
}

/* A figure that a run has not is an empty field, or -1 where it counts time. */
static double field_value(const char *text)
{
    char *end = NULL;
    double value = g_ascii_strtod(text, &end);
    bool number = end != text && *end == '\0';
    return number && value != -1 ? value : (double)NAN;
}

static void add_row(FigureTable *table, const Layout *layout, const GPtrArray *fields)
{
    g_autofree char *name = group_name(layout, fields);
    FigureGroup *group = group_of(table, name);
    group->runs++;
    group->held += g_str_equal(g_ptr_array_index(fields, layout->verdict), "held");
    for (guint i = layout->first_figure; i < fields->len; i++) {
        add_value(group, g_ptr_array_index(layout->names, i),
                  field_value(g_ptr_array_index(fields, i)));
    }
}

static FigureTable *set_malformed(GError **error, const char *path, const char *what)
{
    g_set_error(error, COMPARE_ERROR, COMPARE_ERROR_MALFORMED, "%s: %s", path, what);
    return NULL;
}

static FigureTable *read_sweep(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error)) {
        return NULL;
    }
    const char *at = text;
    Layout layout;
    g_autoptr(GPtrArray) names = compare_csv_row(&at);
    if (names == NULL || !read_layout(names, &layout)) {
        return set_malformed(error, path, "its first line is not that of a sweep's table");
    }
    g_autoptr(FigureTable) table = new_table(true);
    for (;;) {
        g_autoptr(GPtrArray) fields = compare_csv_row(&at);
        if (fields == NULL) {
            break;
        }
        if (fields->len != names->len) {
            return set_malformed(error, path, "a line has not as many fields as the first");
        }
        add_row(table, &layout, fields);
    }
    if (table->groups->len == 0) {
        return set_malformed(error, path, "it holds no run");
    }
    return g_steal_pointer(&table);
}

/* --- a run ----------------------------------------------------------------------------------- */

static void add_number(FigureGroup *group, const char *name, const json_t *value)
{
    if (json_is_number(value)) {
        add_value(group, name, json_number_value(value));
    }
}

static double longest_heal(const json_t *heals)
{
    double longest = (double)NAN;
    for (size_t i = 0; i < json_array_size(heals); i++) {
        const json_t *heal = json_array_get(heals, i);
        if (json_is_number(heal) && !(longest >= json_number_value(heal))) {
            longest = json_number_value(heal);
        }
    }
    return longest;
}

static void add_consumers(FigureGroup *group, const json_t *consumers)
{
    static const char *const names[] = { "empty", "short", "stale" };
    bool any = json_integer_value(json_object_get(consumers, "count")) > 0;
    for (size_t i = 0; i < G_N_ELEMENTS(names) && any; i++) {
        g_autofree char *name = g_strdup_printf("consumer_%s_us", names[i]);
        add_number(group, name, json_object_get(json_object_get(consumers, names[i]), "us"));
    }
}

static void add_quantiles(FigureGroup *group, const json_t *summary, const char *family)
{
    static const char *const names[] = { "count", "p50_us", "p90_us", "p99_us", "max_us" };
    const json_t *quantiles = json_object_get(summary, family);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = g_strdup_printf("%s_%s", family, names[i]);
        add_number(group, name, json_object_get(quantiles, names[i]));
    }
}

/* The names are those of a sweep's columns. */
static void add_figures(FigureGroup *group, const json_t *summary)
{
    static const char *const plain[] = { "virtual_us", "events", "messages" };
    static const char *const late[] = { "unconverged",
                                        "lost_instance_us",
                                        "zombie_instance_us",
                                        "unavailable_writes",
                                        "empty_reads",
                                        "peak_pending",
                                        "amplification",
                                        "lost_listed_instance_us",
                                        "not_yet_known_instance_us" };
    const json_t *bytes = json_object_get(summary, "bytes");
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        add_number(group, plain[i], json_object_get(summary, plain[i]));
    }
    add_number(group, "bytes_lan", json_object_get(bytes, "lan"));
    add_number(group, "bytes_wan", json_object_get(bytes, "wan"));
    add_quantiles(group, summary, "convergence");
    double heal = longest_heal(json_object_get(summary, "heal_to_agree_us"));
    if (isfinite(heal)) {
        add_value(group, "heal_to_agree_max_us", heal);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(late); i++) {
        add_number(group, late[i], json_object_get(summary, late[i]));
    }
    add_consumers(group, json_object_get(summary, "consumers"));
    add_quantiles(group, summary, "seen");
}

static FigureTable *read_run(const char *path, GError **error)
{
    g_autoptr(json_t) summary = json_read_file(path, error);
    if (summary == NULL) {
        return NULL;
    }
    const char *scenario = json_string_at(summary, "scenario");
    if (scenario == NULL) {
        return set_malformed(error, path, "'scenario' is missing: it is no run's summary");
    }
    FigureTable *table = new_table(false);
    FigureGroup *group = group_of(table, scenario);
    const char *name = NULL;
    json_t *value = NULL;
    group->runs = 1;
    group->held = g_strcmp0(json_string_at(summary, "verdict"), "held") == 0;
    add_figures(group, summary);
    json_object_foreach(json_object_get(summary, "measures"), name, value)
    {
        g_autofree char *full = g_strconcat("measure.", name, NULL);
        add_number(group, full, value);
    }
    return table;
}

FigureTable *figure_table_read(const char *folder, GError **error)
{
    g_autofree char *run = g_build_filename(folder, "summary.json", NULL);
    g_autofree char *sweep = g_build_filename(folder, "sweep.csv", NULL);
    switch (files_result_kind(folder, error)) {
    case RESULT_NONE:
        break;
    case RESULT_RUN:
        return read_run(run, error);
    case RESULT_SWEEP:
        return read_sweep(sweep, error);
    }
    return NULL;
}
