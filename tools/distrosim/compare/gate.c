/* tools/distrosim/compare/gate.c -- see gate.h. */
#include "tools/distrosim/compare/gate.h"

#include <math.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "tools/distrosim/cli/hint.h"
#include "tools/distrosim/cli/terminal.h"

G_DEFINE_QUARK(gate-error-quark, gate_error)

/* One gate in twenty would fire by chance alone; a gate is chosen before, a table's marks are not,
 * so those ask for more (see command/compare.c). */
#define SIGNIFICANT 0.05

static void free_gate(gpointer data)
{
    Gate *gate = data;
    g_free(gate->text);
    g_free(gate->figure);
    g_free(gate);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool refuse(GError **error, const char *text, const char *why)
{
    g_set_error(error, GATE_ERROR, GATE_ERROR_USAGE,
                "--fail-if '%s': %s; write FIGURE > 5%% or FIGURE > QUANTITY, such as "
                "'convergence.p99 > 5%%' or 'lost > 30s'",
                text, why);
    return false;
}

static bool read_bound(Gate *gate, const char *text, GError **error)
{
    SimQuantity quantity;
    char *end = NULL;
    gate->relative = g_str_has_suffix(text, "%");
    if (sim_quantity_parse(text, &quantity)) {
        gate->bound = quantity.value;
    } else {
        gate->bound = g_ascii_strtod(text, &end);
        if (end == text || *end != '\0') {
            g_autofree char *why = g_strdup_printf("'%s' is no number and no quantity", text);
            return refuse(error, gate->text, why);
        }
    }
    return (isfinite(gate->bound) && gate->bound >= 0) ||
           refuse(error, gate->text, "a bound is 0 or more");
}

static Gate *parse_gate(const char *text, GError **error)
{
    Gate *gate = g_new0(Gate, 1);
    gate->text = g_strstrip(g_strdup(text));
    const char *above = strrchr(gate->text, '>');
    if (above == NULL) {
        refuse(error, text, "there is no '>' in it");
        free_gate(gate);
        return NULL;
    }
    gate->figure = g_strstrip(g_strndup(gate->text, (gsize)(above - gate->text)));
    g_autofree char *bound = g_strstrip(g_strdup(above + 1));
    bool ok = *gate->figure != '\0' || refuse(error, text, "no figure stands before the '>'");
    if (!ok || !read_bound(gate, bound, error)) {
        free_gate(gate);
        return NULL;
    }
    return gate;
}

GPtrArray *gates_parse(const GPtrArray *texts, GError **error)
{
    g_autoptr(GPtrArray) gates = g_ptr_array_new_with_free_func(free_gate);
    for (guint i = 0; i < texts->len; i++) {
        Gate *gate = parse_gate(g_ptr_array_index(texts, i), error);
        if (gate == NULL) {
            return NULL;
        }
        g_ptr_array_add(gates, gate);
    }
    return g_steal_pointer(&gates);
}

/* --- the column of a figure ------------------------------------------------------------------- */

/* Budgets' names that are not just a column's with dots. */
static const char *const aliases[][2] = {
    { "heal_to_agree", "heal_to_agree_max_us" },
    { "lost", "lost_instance_us" },
    { "lost_instance", "lost_instance_us" },
    { "zombies", "zombie_instance_us" },
    { "zombie_instance", "zombie_instance_us" },
    { "wan.bytes", "bytes_wan" },
    { "lan.bytes", "bytes_lan" },
    { "lost_listed", "lost_listed_instance_us" },
    { "not_yet_known", "not_yet_known_instance_us" },
};

static const FigureColumn *find_spelt(const FigureGroup *group, const char *figure)
{
    g_autofree char *plain = g_strdelimit(g_strdup(figure), ".", '_');
    g_autofree char *timed = g_strconcat(plain, "_us", NULL);
    g_autofree char *measured = g_strconcat("measure.", figure, NULL);
    const char *spellings[] = { figure, plain, timed, measured };
    for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
        const FigureColumn *column = figure_group_find(group, spellings[i]);
        if (column != NULL) {
            return column;
        }
    }
    return NULL;
}

static const FigureColumn *find_column(const FigureGroup *group, const char *figure)
{
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (g_str_equal(figure, aliases[i][0])) {
            return figure_group_find(group, aliases[i][1]);
        }
    }
    return find_spelt(group, figure);
}

/* "convergence.p99" of "convergence_p99_us": the names that a person is told. */
static char *figure_of_column(const char *column)
{
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (g_str_equal(column, aliases[i][1])) {
            return g_strdup(aliases[i][0]);
        }
    }
    static const char *const families[] = { "convergence_", "seen_", "consumer_" };
    char *name =
        g_str_has_suffix(column, "_us") ? g_strndup(column, strlen(column) - 3) : g_strdup(column);
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
        if (g_str_has_prefix(name, families[i])) {
            name[strlen(families[i]) - 1] = '.';
        }
    }
    return name;
}

static bool set_unknown(const Gate *gate, const FigureTable *table, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < table->groups->len; i++) {
        const FigureGroup *group = g_ptr_array_index(table->groups, i);
        for (guint j = 0; j < group->columns->len; j++) {
            const FigureColumn *column = g_ptr_array_index(group->columns, j);
            char *name = figure_of_column(column->name);
            if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL)) {
                g_free(name);
                continue;
            }
            g_ptr_array_add(names, name);
        }
    }
    g_autofree char *hint =
        hint_names(gate->figure, (const char *const *)(void *)names->pdata, names->len);
    g_set_error(error, GATE_ERROR, GATE_ERROR_USAGE, "--fail-if '%s': there is no figure '%s'; %s",
                gate->text, gate->figure, hint);
    return false;
}

/* Does the bound count what the column counts? A measure's unit is not in the tables. */
static bool fits_column(const Gate *gate, const FigureColumn *column, GError **error)
{
    const char *bound = strrchr(gate->text, '>') + 1;
    SimQuantity quantity = { .kind = SIM_N_QUANTITIES };
    g_autofree char *text = g_strstrip(g_strdup(bound));
    bool has_unit = sim_quantity_parse(text, &quantity);
    if (gate->relative || g_str_has_prefix(column->name, "measure.")) {
        return true;
    }
    SimQuantityKind kind = SIM_N_QUANTITIES;
    if (g_str_has_suffix(column->name, "_us")) {
        kind = SIM_QUANTITY_DURATION;
    } else if (g_str_has_prefix(column->name, "bytes_")) {
        kind = SIM_QUANTITY_SIZE;
    }
    if (kind == (has_unit ? quantity.kind : SIM_N_QUANTITIES)) {
        return true;
    }
    const char *expected = kind == SIM_QUANTITY_DURATION ? "a duration such as 20s"
                           : kind == SIM_QUANTITY_SIZE   ? "a size such as 5mib"
                                                         : "a plain number";
    g_set_error(error, GATE_ERROR, GATE_ERROR_USAGE, "--fail-if '%s': '%s' is %s, not '%s'",
                gate->text, gate->figure, expected, text);
    return false;
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool is_fired(const Gate *gate, const Comparison *comparison)
{
    if (!isfinite(comparison->b)) {
        return isfinite(comparison->a);
    }
    if (!gate->relative) {
        return comparison->b > gate->bound;
    }
    if (!isfinite(comparison->a)) {
        return false;
    }
    return comparison->b > comparison->a &&
           comparison->b - comparison->a > gate->bound * comparison->a &&
           comparison->test.p < SIGNIFICANT;
}

typedef struct Judging {
    const Gate *gate;
    GArray *findings;
    bool known, judged;
    GError **error;
    bool failed;
} Judging;

static void judge_pair(void *data, const FigureGroup *a, const FigureGroup *b)
{
    Judging *judging = data;
    const Gate *gate = judging->gate;
    const FigureColumn *one = find_column(a, gate->figure), *other = find_column(b, gate->figure);
    const FigureColumn *either = one != NULL ? one : other;
    if (either == NULL || judging->failed) {
        return;
    }
    judging->known = true;
    if (!fits_column(gate, either, judging->error)) {
        judging->failed = true;
        return;
    }
    g_autoptr(GArray) none = g_array_new(false, false, sizeof(double));
    FigureColumn empty = { either->name, none };
    GateFinding finding = { .gate = gate, .group = a };
    finding.comparison =
        compare_columns(one != NULL ? one : &empty, other != NULL ? other : &empty);
    if (finding.comparison.n_a + finding.comparison.n_b == 0) {
        return;
    }
    judging->judged = true;
    finding.fired = is_fired(gate, &finding.comparison);
    g_array_append_val(judging->findings, finding);
}

static bool judge_gate(const Gate *gate, const FigureTable *a, const FigureTable *b,
                       GArray *findings, GError **error)
{
    if (gate->relative && !a->sweep) {
        g_set_error(error, GATE_ERROR, GATE_ERROR_USAGE,
                    "--fail-if '%s': one run a side says nothing about chance; compare two sweeps, "
                    "or write FIGURE > QUANTITY",
                    gate->text);
        return false;
    }
    Judging judging = { .gate = gate, .findings = findings, .error = error };
    guint paired = compare_each_pair(a, b, judge_pair, &judging);
    if (judging.failed) {
        return false;
    }
    if (paired == 0) {
        g_set_error(error, GATE_ERROR, GATE_ERROR_USAGE,
                    "--fail-if '%s': the two have no scenario in common", gate->text);
        return false;
    }
    if (!judging.known) {
        return set_unknown(gate, b, error);
    }
    if (!judging.judged) {
        g_set_error(error, GATE_ERROR, GATE_ERROR_USAGE,
                    "--fail-if '%s': no run of either has a value of '%s'", gate->text,
                    gate->figure);
        return false;
    }
    return true;
}

GArray *gates_judge(const GPtrArray *gates, const FigureTable *a, const FigureTable *b,
                    GError **error)
{
    g_autoptr(GArray) findings = g_array_new(false, false, sizeof(GateFinding));
    for (guint i = 0; i < gates->len; i++) {
        if (!judge_gate(g_ptr_array_index(gates, i), a, b, findings, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&findings);
}

char *gate_finding_text(const GateFinding *finding)
{
    const Comparison *comparison = &finding->comparison;
    g_autofree char *a = compare_value_text(comparison->name, comparison->a);
    g_autofree char *b = compare_value_text(comparison->name, comparison->b);
    g_autofree char *change = compare_change_text(comparison);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s  %s: %s to %s", finding->gate->text, finding->group->name, a,
                           b);
    if (*change != '\0') {
        g_string_append_printf(text, ", %s", change);
    }
    if (finding->gate->relative && !comparison->same) {
        g_string_append_printf(text, ", p %s %.4f", comparison->test.p < 1e-4 ? "<" : "=",
                               MAX(comparison->test.p, 1e-4));
    }
    return g_string_free(text, false);
}

bool gates_tell(const GArray *findings, FILE *out, bool all)
{
    bool fired = false;
    for (guint i = 0; i < findings->len; i++) {
        const GateFinding *finding = &g_array_index(findings, GateFinding, i);
        fired |= finding->fired;
        if (out == NULL || !(all || finding->fired)) {
            continue;
        }
        g_autofree char *text = gate_finding_text(finding);
        fprintf(out, "%s%s%s  %s\n", finding->fired ? terminal_red(out) : terminal_green(out),
                finding->fired ? "FAIL" : "ok  ", terminal_plain(out), text);
    }
    return fired;
}
