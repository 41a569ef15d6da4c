/* tools/distrosim/command/compare.c -- distrosim compare: figures side by side, with a test.
 *
 * Two runs have one value per figure, and what differs is told. Two sweeps have one per seed: their
 * medians are told, with a rank test over the seeds. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/compare/gate.h"
#include "tools/distrosim/compare/pairs.h"
#include "tools/distrosim/compare/print.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"

/* --- as JSON --------------------------------------------------------------------------------- */

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *comparison_object(const Comparison *comparison, bool sweep)
{
    json_t *object = json_object();
    json_set(object, "figure", json_text(comparison->name));
    json_set(object, "a", number_or_null(comparison->a));
    json_set(object, "b", number_or_null(comparison->b));
    json_set(object, "difference", number_or_null(comparison->b - comparison->a));
    json_set(object, "differs", json_boolean(compare_is_different(comparison, sweep)));
    if (sweep) {
        json_set(object, "n_a", json_count(comparison->n_a));
        json_set(object, "n_b", json_count(comparison->n_b));
        json_set(object, "u", number_or_null(comparison->test.u));
        json_set(object, "p", number_or_null(comparison->test.p));
    }
    return object;
}

static json_t *group_object(const FigureGroup *a, const FigureGroup *b, bool sweep)
{
    g_autoptr(GArray) comparisons = compare_groups(a, b);
    json_t *object = json_object(), *figures = json_array();
    for (guint i = 0; i < comparisons->len; i++) {
        json_array_append_new(figures,
                              comparison_object(&g_array_index(comparisons, Comparison, i), sweep));
    }
    json_set(object, "a", json_text(a->name));
    json_set(object, "b", json_text(b->name));
    json_set(object, "runs_a", json_count(a->runs));
    json_set(object, "runs_b", json_count(b->runs));
    json_set(object, "held_a", json_count(a->held));
    json_set(object, "held_b", json_count(b->held));
    json_set(object, "figures", figures);
    return object;
}

/* --- the command ----------------------------------------------------------------------------- */

typedef struct Sides {
    FigureTable *a, *b;
    bool json;
    json_t *groups;
    guint paired;
    const GArray *findings; /* GateFinding; empty: nothing was asked for */
} Sides;

static void tell_pair(void *data, const FigureGroup *a, const FigureGroup *b)
{
    Sides *sides = data;
    if (sides->json) {
        json_array_append_new(sides->groups, group_object(a, b, sides->a->sweep));
    } else {
        compare_print_group(stdout, a, b, sides->a->sweep);
    }
}

static void tell_alone(const Sides *sides, const FigureTable *table, const FigureTable *other,
                       const char *side)
{
    for (guint i = 0; i < table->groups->len && !sides->json; i++) {
        const FigureGroup *group = g_ptr_array_index(table->groups, i);
        if (figure_table_find(other, group->name) == NULL) {
            printf("only in %s: %s\n", side, group->name);
        }
    }
}

static void tell_all(Sides *sides)
{
    sides->paired = compare_each_pair(sides->a, sides->b, tell_pair, sides);
    if (sides->a->groups->len > 1 || sides->b->groups->len > 1) {
        tell_alone(sides, sides->a, sides->b, "A");
        tell_alone(sides, sides->b, sides->a, "B");
    }
}

/* --- bounds ----------------------------------------------------------------------------------- */

static json_t *finding_object(const GateFinding *finding)
{
    const Comparison *comparison = &finding->comparison;
    json_t *object = json_object();
    json_set(object, "fail_if", json_text(finding->gate->text));
    json_set(object, "group", json_text(finding->group->name));
    json_set(object, "figure", json_text(comparison->name));
    json_set(object, "a", number_or_null(comparison->a));
    json_set(object, "b", number_or_null(comparison->b));
    json_set(object, "p", number_or_null(comparison->test.p));
    json_set(object, "fired", json_boolean(finding->fired));
    return object;
}

static json_t *findings_list(const GArray *findings)
{
    json_t *list = json_array();
    for (guint i = 0; i < findings->len; i++) {
        json_array_append_new(list, finding_object(&g_array_index(findings, GateFinding, i)));
    }
    return list;
}

static void print_json(const Sides *sides, const char *a, const char *b)
{
    g_autoptr(json_t) object = json_object();
    json_set(object, "schema", json_integer(1));
    json_set(object, "kind", json_text(sides->a->sweep ? "sweep" : "run"));
    json_set(object, "a", json_text(a));
    json_set(object, "b", json_text(b));
    json_set(object, "groups", json_incref(sides->groups));
    if (sides->findings->len > 0) {
        json_set(object, "fail_if", findings_list(sides->findings));
    }
    g_autofree char *text = json_to_text(object);
    fputs(text, stdout);
}

static FigureTable *read_table(const char *folder, ExitStatus *status)
{
    g_autoptr(GError) error = NULL;
    FigureTable *table = figure_table_read(folder, &error);
    if (table != NULL) {
        return table;
    }
    complain("%s", error->message);
    *status = files_error_status(error);
    return NULL;
}

static ExitStatus compare_tables(const Arguments *arguments, const GPtrArray *gates, FigureTable *a,
                                 FigureTable *b)
{
    const char *one = g_ptr_array_index(arguments->operands, 0);
    const char *other = g_ptr_array_index(arguments->operands, 1);
    if (a->sweep != b->sweep) {
        complain("'%s' is a %s and '%s' is a %s; two of a kind can be compared", one,
                 a->sweep ? "sweep" : "run", other, b->sweep ? "sweep" : "run");
        return STATUS_USAGE;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) findings = gates_judge(gates, a, b, &error);
    if (findings == NULL) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    g_autoptr(json_t) groups = json_array();
    Sides sides = {
        .a = a, .b = b, .json = arguments->json, .groups = groups, .findings = findings
    };
    tell_all(&sides);
    if (sides.json) {
        print_json(&sides, one, other);
    } else if (sides.paired == 0) {
        puts("the two sweeps have no group in common");
    }
    return gates_tell(findings, sides.json ? NULL : stdout, true) ? STATUS_UNSAFE : STATUS_HELD;
}

static ExitStatus compare_command(const Arguments *arguments)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) gates = gates_parse(arguments->fail_if, &error);
    if (gates == NULL) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    g_autoptr(FigureTable) a = read_table(g_ptr_array_index(arguments->operands, 0), &status);
    g_autoptr(FigureTable) b =
        a != NULL ? read_table(g_ptr_array_index(arguments->operands, 1), &status) : NULL;
    return b != NULL ? compare_tables(arguments, gates, a, b) : status;
}

const Command command_compare = {
    .name = "compare",
    .operands = "A B",
    .about = "put two runs or two sweeps side by side",
    .more =
        "A and B are folders of results of one kind. Of sweeps, groups of the same scenario and\n"
        "varied values are compared: medians over the seeds, and whether the seeds' figures\n"
        "could come from one distribution (Mann-Whitney U, two-sided, normal approximation\n"
        "with tie correction).\n"
        "\n"
        "--fail-if 'FIGURE > 5%' ends with 1 where B's median is worse than A's by more than that\n"
        "and p < 0.05; --fail-if 'FIGURE > 12s' where B's median (of a run: its value) is above.\n"
        "A figure that A has and B lacks fires, too. FIGURE is a budget's name such as\n"
        "convergence.p99, heal_to_agree, lost, zombies or wan.bytes, a measure's name, or a\n"
        "column of sweep.csv.\n",
    .options = (const OptionId[]) { OPTION_FAIL_IF, OPTION_JSON, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 2,
    .high = 2,
    .run = compare_command,
};
