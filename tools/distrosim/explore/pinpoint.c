/* tools/distrosim/explore/pinpoint.c -- see pinpoint.h. */
#include "tools/distrosim/explore/pinpoint.h"

#include <string.h>

#include "sim/export/export.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/output/summary.h"

enum {
    GRID = 16 /* instants of the coarse grid */
};
#define SEALED_SHARE 0.9

/* What the recorded run tells. */
typedef struct Look {
    GArray *instants; /* int64_t: at which something happened, up to the violation, ascending */
    int64_t at_us;    /* whose choice is wanted; INT64_MIN: none */
    char *choice;
    char *cause;
} Look;

/* --- looking into the run -------------------------------------------------------------------- */

static bool is_event(const SimRecord *record)
{
    return record->kind < SIM_TRACE_FIRST_NOTE && record->kind != SIM_TRACE_VIOLATION &&
           record->kind != SIM_TRACE_LOG;
}

static char *name_record(const SimWorld *world, const SimRecord *record)
{
    GString *text = g_string_new(NULL);
    if (record->subject != SIM_NO_ENDPOINT) {
        g_string_append(text, sim_world_endpoint_name(world, record->subject));
    }
    if (record->object != SIM_NO_ENDPOINT) {
        g_string_append_printf(text, " > %s", sim_world_endpoint_name(world, record->object));
    }
    if (record->kind == SIM_TRACE_STEP) {
        g_string_append_printf(text, "step \"%s\"",
                               sim_trace_text_of(world->trace, (uint32_t)record->value));
    } else {
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                               sim_export_kind((SimTraceKind)record->kind));
    }
    if (record->op < SIM_N_OPS) {
        g_string_append_printf(text, " %s", sim_op_name((SimOp)record->op));
    }
    return g_string_free(text, false);
}

/* "       9.072 s  n1 ..." begins with its instant. */
static int64_t instant_of_line(const char *line)
{
    return (int64_t)(g_ascii_strtod(line, NULL) * 1e6 + 0.5);
}

/* The last line of the explanation that is not after the instant, up to the millisecond that lines
 * are written with; else the first after it. */
static char *cause_at(const GPtrArray *why, int64_t at_us)
{
    const char *best = NULL;
    for (guint i = 0; i < why->len; i++) {
        const char *line = why->pdata[i];
        if (best == NULL || instant_of_line(line) <= at_us + 500) {
            best = line;
        }
    }
    const char *text = best != NULL ? strstr(best, " s ") : NULL;
    if (text == NULL) {
        return g_strdup("");
    }
    g_auto(GStrv) words = g_strsplit_set(text + 3, " ", -1);
    GString *joined = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0') {
            g_string_append_printf(joined, "%s%s", joined->len > 0 ? " " : "", *word);
        }
    }
    return g_string_free(joined, false);
}

static void add_instant(GArray *instants, int64_t at_us)
{
    const guint known = instants->len;
    if (known == 0 || g_array_index(instants, int64_t, known - 1) < at_us) {
        g_array_append_val(instants, at_us);
    }
}

static void look(void *data, const SimWorld *world, const SimResult *result)
{
    Look *look = data;
    guint index = 0;
    const SimViolation *first = summary_first_violation(result, &index);
    size_t count = 0;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    for (size_t i = 0; i < count && first != NULL; i++) {
        const SimRecord *record = &records[i];
        if (!is_event(record) || record->at_us < 0 || record->at_us > first->at_us) {
            continue;
        }
        if (record->at_us == look->at_us) {
            g_free(look->choice);
            look->choice = name_record(world, record);
        }
        add_instant(look->instants, record->at_us);
    }
    if (first != NULL) { /* a deadline leaves no other record */
        add_instant(look->instants, first->at_us);
    }
    g_free(look->cause);
    look->cause = cause_at(result->why, look->at_us);
}

static SimResult *run_recorded(const Runner *base, Look *into)
{
    Runner runner = *base;
    runner.record = true;
    runner.until_us = INT64_MAX;
    runner.inspect = look;
    runner.inspect_data = into;
    return runner_run(&runner, NULL);
}

/* --- asking ---------------------------------------------------------------------------------- */

static const PinpointRow *find_row(const Pinpoint *pinpoint, int64_t t_us)
{
    for (guint i = 0; i < pinpoint->rows->len; i++) {
        const PinpointRow *row = &g_array_index(pinpoint->rows, PinpointRow, i);
        if (row->t_us == t_us) {
            return row;
        }
    }
    return NULL;
}

/* The row of that instant, made if need be; NULL if interrupted. */
static const PinpointRow *ask(Pinpoint *pinpoint, int64_t t_us)
{
    const PinpointRow *known = find_row(pinpoint, t_us);
    if (known != NULL) {
        return known;
    }
    g_autofree uint64_t *seeds = g_new(uint64_t, pinpoint->futures);
    for (size_t i = 0; i < pinpoint->futures; i++) {
        seeds[i] = i + 1;
    }
    const Futures what = {
        .base = pinpoint->base,
        .at_us = t_us,
        .seeds = seeds,
        .count = pinpoint->futures,
        .jobs = pinpoint->jobs,
    };
    g_autoptr(GArray) futures = futures_make(&what);
    if (futures->len < pinpoint->futures || interrupt_seen()) {
        return NULL;
    }
    PinpointRow row = { .t_us = t_us, .futures = pinpoint->futures };
    for (guint i = 0; i < futures->len; i++) {
        row.red += future_is_red(&g_array_index(futures, Future, i));
    }
    futures_interval(row.red, row.futures, &row.low, &row.high);
    guint place = 0;
    while (place < pinpoint->rows->len &&
           g_array_index(pinpoint->rows, PinpointRow, place).t_us < t_us) {
        place++;
    }
    g_array_insert_val(pinpoint->rows, place, row);
    if (pinpoint->progress != NULL) {
        progress_update(pinpoint->progress, pinpoint->rows->len);
    }
    return &g_array_index(pinpoint->rows, PinpointRow, place);
}

/* The first instant from which all rows so far are sealed, as a place among @instants. */
static guint first_sealed(const Pinpoint *pinpoint, const GArray *instants)
{
    guint place = instants->len - 1;
    for (guint i = pinpoint->rows->len; i > 0; i--) {
        const PinpointRow *row = &g_array_index(pinpoint->rows, PinpointRow, i - 1);
        if (row->low <= SEALED_SHARE) {
            break;
        }
        while (place > 0 && g_array_index(instants, int64_t, place) > row->t_us) {
            place--;
        }
    }
    return place;
}

/* The last instant before @sealed that was asked about, as a place; 0 if there is none. */
static guint last_open(const Pinpoint *pinpoint, const GArray *instants, guint sealed)
{
    for (guint place = sealed; place > 0; place--) {
        if (find_row(pinpoint, g_array_index(instants, int64_t, place - 1)) != NULL) {
            return place - 1;
        }
    }
    return 0;
}

/* Places of the coarse grid, equally far from each other in time. */
static bool ask_grid(Pinpoint *pinpoint, const GArray *instants)
{
    const int64_t last_us = g_array_index(instants, int64_t, instants->len - 1);
    guint place = 0;
    for (int64_t k = 0; k <= GRID; k++) {
        while (place + 1 < instants->len &&
               g_array_index(instants, int64_t, place + 1) <= last_us / GRID * k) {
            place++;
        }
        place = k == GRID ? instants->len - 1 : place;
        if (ask(pinpoint, g_array_index(instants, int64_t, place)) == NULL) {
            return false;
        }
    }
    return true;
}

static bool halve(Pinpoint *pinpoint, const GArray *instants, guint *sealed)
{
    *sealed = first_sealed(pinpoint, instants);
    guint open = last_open(pinpoint, instants, *sealed);
    while (*sealed > 0 && open + 1 < *sealed) {
        const guint middle = open + (*sealed - open) / 2;
        const PinpointRow *row = ask(pinpoint, g_array_index(instants, int64_t, middle));
        if (row == NULL) {
            return false;
        }
        if (row->low > SEALED_SHARE) {
            *sealed = middle;
        } else {
            open = middle;
        }
    }
    return true;
}

PinpointEnd pinpoint_find(Pinpoint *pinpoint)
{
    Look first = { .instants = g_array_new(false, false, sizeof(int64_t)), .at_us = INT64_MIN };
    g_autoptr(GArray) instants = first.instants;
    pinpoint->rows = g_array_new(false, true, sizeof(PinpointRow));
    g_autoptr(SimResult) result = run_recorded(pinpoint->base, &first);
    g_free(first.cause);
    guint index = 0;
    const SimViolation *violation = result != NULL ? summary_first_violation(result, &index) : NULL;
    if (result == NULL) {
        return PINPOINT_INTERRUPTED;
    }
    if (violation == NULL || instants->len == 0) {
        return PINPOINT_NOT_RED;
    }
    pinpoint->violated_us = violation->at_us;
    guint sealed = 0;
    if (!ask_grid(pinpoint, instants) || !halve(pinpoint, instants, &sealed)) {
        return PINPOINT_INTERRUPTED;
    }
    pinpoint->sealed_us = g_array_index(instants, int64_t, sealed);
    Look second = { .instants = g_array_new(false, false, sizeof(int64_t)),
                    .at_us = pinpoint->sealed_us };
    g_autoptr(SimResult) again = run_recorded(pinpoint->base, &second);
    g_array_unref(second.instants);
    pinpoint->choice = second.choice != NULL ? second.choice : g_strdup("");
    pinpoint->cause = second.cause;
    return again != NULL ? PINPOINT_DONE : PINPOINT_INTERRUPTED;
}

void pinpoint_clear(Pinpoint *pinpoint)
{
    g_clear_pointer(&pinpoint->rows, g_array_unref);
    g_clear_pointer(&pinpoint->choice, g_free);
    g_clear_pointer(&pinpoint->cause, g_free);
}

/* --- files ----------------------------------------------------------------------------------- */

char *pinpoint_csv(const Pinpoint *pinpoint)
{
    GString *table = g_string_new("t_us,futures,red,low,high\n");
    for (guint i = 0; i < pinpoint->rows->len; i++) {
        const PinpointRow *row = &g_array_index(pinpoint->rows, PinpointRow, i);
        char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(low, sizeof low, "%.4f", row->low);
        g_ascii_formatd(high, sizeof high, "%.4f", row->high);
        g_string_append_printf(table, "%" G_GINT64_FORMAT ",%zu,%zu,%s,%s\n", row->t_us,
                               row->futures, row->red, low, high);
    }
    return g_string_free(table, false);
}

char *pinpoint_json(const Pinpoint *pinpoint)
{
    g_autoptr(json_t) object = json_object();
    json_set(object, "sealed_us", json_time(pinpoint->sealed_us));
    json_set(object, "choice", json_text(pinpoint->choice));
    json_set(object, "cause", json_text(pinpoint->cause));
    json_set(object, "violated_us", json_time(pinpoint->violated_us));
    json_set(object, "futures", json_count(pinpoint->futures));
    json_set(object, "scenario", json_text(sim_scenario_name(pinpoint->base->scenario)));
    json_set(object, "seed", json_seed(pinpoint->base->seed));
    return json_to_text(object);
}
