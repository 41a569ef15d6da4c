/* sim/script/measured.c -- reads measured pauses and partitions, and draws from them. */
#include "sim/script/measured.h"

#include <string.h>

#include "sim/base/nearest.h"
#include "sim/script/rtt.h"

G_DEFINE_QUARK(sim-measured-error-quark, sim_measured_error)

/* --- rows of a table ------------------------------------------------------------------------- */

typedef struct Place {
    const char *path;
    unsigned line;
} Place;

static bool G_GNUC_PRINTF(3, 4) fail(Place place, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, SIM_MEASURED_ERROR, 0, "%s:%u: %s", place.path, place.line, reason);
    return false;
}

typedef bool (*TakeRow)(Place place, char **fields, void *data, GError **error);

/* Gives @take each row below the header, which must be @columns. */
static bool read_rows(const char *path, const char *columns, TakeRow take, void *data,
                      GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error)) {
        return false;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_auto(GStrv) names = g_strsplit(columns, "\t", -1);
    Place place = { path, 0 };
    bool headed = false;
    for (char **line = lines; *line != NULL; line++) {
        place.line++;
        if (**line == '#' || **line == '\0') {
            continue;
        }
        g_auto(GStrv) fields = g_strsplit(*line, "\t", -1);
        if (g_strv_length(fields) != g_strv_length(names)) {
            return fail(place, error, "%u columns, expected %u", g_strv_length(fields),
                        g_strv_length(names));
        }
        if (!headed && strcmp(*line, columns) != 0) {
            return fail(place, error, "the header must begin with \"%s\"", names[0]);
        }
        if (headed && !take(place, fields, data, error)) {
            return false;
        }
        headed = true;
    }
    return headed || fail(place, error, "no header");
}

/* --- pauses ---------------------------------------------------------------------------------- */

#define PAUSE_COLUMNS                                                                              \
    "collector\tkind\tn\tper_hour\tp50\tp90\tp99\tp999\tmax\tlogmean_ms\tlogsd\tlog"

enum {
    N_QUANTILES = 6
};
/* Of a million pauses, how many are as short as each quantile. The lowest is not given; it is taken
 * to be as many times below the median as the ninetieth percentile is above it. */
static const int64_t ranks[N_QUANTILES] = { 0, 500000, 900000, 990000, 999000, 1000000 };

typedef struct PauseRow {
    char *collector, *kind;
    int64_t count;
    int64_t us[N_QUANTILES];
} PauseRow;

struct SimPauses {
    GArray *rows; /* PauseRow */
};

static void clear_row(void *data)
{
    PauseRow *row = data;
    g_free(row->collector);
    g_free(row->kind);
}

static bool take_pause(Place place, char **fields, void *data, GError **error)
{
    SimPauses *pauses = data;
    PauseRow row = { .count = g_ascii_strtoll(fields[2], NULL, 10) };
    if (row.count < 1) {
        return fail(place, error, "n is \"%s\", expected a count", fields[2]);
    }
    for (int i = 1; i < N_QUANTILES; i++) {
        if (!sim_rtt_parse_ms(fields[3 + i], &row.us[i])) {
            return fail(place, error, "\"%s\" is not in milliseconds", fields[3 + i]);
        }
        if (i > 1 && row.us[i] < row.us[i - 1]) {
            return fail(place, error, "a quantile is below a lower one");
        }
    }
    row.us[0] = row.us[2] > 0 ? MAX(1, row.us[1] * row.us[1] / row.us[2]) : 1;
    row.collector = g_strdup(fields[0]);
    row.kind = g_strdup(fields[1]);
    g_array_append_val(pauses->rows, row);
    return true;
}

SimPauses *sim_pauses_load(const char *path, GError **error)
{
    g_autoptr(SimPauses) pauses = g_new0(SimPauses, 1);
    pauses->rows = g_array_new(false, false, sizeof(PauseRow));
    g_array_set_clear_func(pauses->rows, clear_row);
    bool good = read_rows(path, PAUSE_COLUMNS, take_pause, pauses, error);
    return good ? g_steal_pointer(&pauses) : NULL;
}

void sim_pauses_free(SimPauses *pauses)
{
    if (pauses == NULL) {
        return;
    }
    g_array_unref(pauses->rows);
    g_free(pauses);
}

/* How much a row counts for @name. What stopped for whatever reason is told as such only, since the
 * same log has its collections by themselves. */
static int64_t weight(const PauseRow *row, const char *name)
{
    if (strcmp(row->kind, name) == 0) {
        return 1;
    }
    bool counted = strcmp(row->kind, "any_safepoint_stop") != 0;
    return counted && strcmp(row->collector, name) == 0 ? row->count : 0;
}

static const PauseRow *row_at(const SimPauses *pauses, guint index)
{
    return &g_array_index(pauses->rows, PauseRow, index);
}

static int64_t total_weight(const SimPauses *pauses, const char *name)
{
    int64_t total = 0;
    for (guint i = 0; i < pauses->rows->len; i++) {
        total += weight(row_at(pauses, i), name);
    }
    return total;
}

bool sim_pauses_know(const SimPauses *pauses, const char *name)
{
    return total_weight(pauses, name) > 0;
}

const char *sim_pauses_nearest(const SimPauses *pauses, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < pauses->rows->len; i++) {
        g_ptr_array_add(names, row_at(pauses, i)->kind);
        g_ptr_array_add(names, row_at(pauses, i)->collector);
    }
    return sim_nearest_name(name, (const char *const *)names->pdata, names->len);
}

static int64_t draw_of(const PauseRow *row, SimPrng *prng)
{
    const int64_t rank = (int64_t)sim_prng_below(prng, 1000000);
    int i = 1;
    while (rank >= ranks[i]) {
        i++;
    }
    return row->us[i - 1] +
           (row->us[i] - row->us[i - 1]) * (rank - ranks[i - 1]) / (ranks[i] - ranks[i - 1]);
}

int64_t sim_pauses_draw(const SimPauses *pauses, const char *name, SimPrng *prng)
{
    const int64_t total = total_weight(pauses, name);
    g_assert(total > 0);
    int64_t which = (int64_t)sim_prng_below(prng, (uint64_t)total);
    guint i = 0;
    while (which >= weight(row_at(pauses, i), name)) {
        which -= weight(row_at(pauses, i++), name);
    }
    return draw_of(row_at(pauses, i), prng);
}

/* --- partitions ------------------------------------------------------------------------------ */

#define FAULT_COLUMNS "group\tparameter\tvalue\tunit\tevidence\tsource"
#define MINUTE_US INT64_C(60000000)
#define DAY INT64_C(1440000) /* in thousandths of a minute */

/* The rows that are read, and how many numbers each has. */
typedef enum FaultRow {
    COMPLETE,
    PARTIAL,
    ONE_WAY,
    SINGLE,
    HARDWARE_LAST,
    SOFTWARE_FIT,
    HARDWARE_FIT,
    N_FAULT_ROWS,
} FaultRow;
static const char *const parameters[N_FAULT_ROWS] = {
    [COMPLETE] = "share of failures that need a complete partition",
    [PARTIAL] = "share that need only a partial partition",
    [ONE_WAY] = "share caused by a simplex (one-way) partition",
    [SINGLE] = "failures that appear when a single node is isolated",
    [HARDWARE_LAST] = "CENIC WAN, hardware cause: 95th percentile",
    [SOFTWARE_FIT] = "lognormal fit to CENIC software durations: median and sigma",
    [HARDWARE_FIT] = "lognormal fit to CENIC hardware durations: median and sigma",
};

typedef struct FaultValues {
    int64_t numbers[N_FAULT_ROWS][2]; /* in thousandths */
} FaultValues;

static bool take_fault(Place place, char **fields, void *data, GError **error)
{
    FaultValues *values = data;
    for (int row = 0; row < N_FAULT_ROWS; row++) {
        if (!g_str_has_prefix(fields[1], parameters[row])) {
            continue;
        }
        g_auto(GStrv) numbers = g_strsplit(fields[2], "; ", 2);
        for (int i = 0; i < 2 && numbers[i] != NULL; i++) {
            if (!sim_rtt_parse_ms(numbers[i], &values->numbers[row][i])) {
                return fail(place, error, "\"%s\" is no number", numbers[i]);
            }
        }
        if (values->numbers[row][0] <= 0 || (row >= SOFTWARE_FIT && values->numbers[row][1] <= 0)) {
            return fail(place, error, "\"%s\" is not above zero", fields[2]);
        }
    }
    return true;
}

/* @last: in thousandths of a minute; what is drawn beyond is cut off there. */
static void set_lengths(SimOutages *outages, SimOutageCause cause, const int64_t fit[2],
                        int64_t last)
{
    outages->lengths[cause].median_us = fit[0] * (MINUTE_US / 1000);
    outages->lengths[cause].sigma_q32 = (fit[1] << 32) / 1000;
    outages->lengths[cause].longest_us = last * (MINUTE_US / 1000);
}

bool sim_outages_load(const char *path, SimOutages *outages, GError **error)
{
    FaultValues values = { 0 };
    if (!read_rows(path, FAULT_COLUMNS, take_fault, &values, error)) {
        return false;
    }
    for (int row = 0; row < N_FAULT_ROWS; row++) {
        if (values.numbers[row][0] == 0) {
            g_set_error(error, SIM_MEASURED_ERROR, 0, "%s: no row \"%s\"", path, parameters[row]);
            return false;
        }
    }
    *outages = (SimOutages) {
        .complete = values.numbers[COMPLETE][0],
        .partial = values.numbers[PARTIAL][0],
        .one_way = values.numbers[ONE_WAY][0],
        .single = values.numbers[SINGLE][0],
    };
    set_lengths(outages, SIM_OUTAGE_SOFTWARE, values.numbers[SOFTWARE_FIT], DAY);
    set_lengths(outages, SIM_OUTAGE_HARDWARE, values.numbers[HARDWARE_FIT],
                values.numbers[HARDWARE_LAST][0]);
    return true;
}

int64_t sim_outages_draw(const SimOutages *outages, SimOutageCause cause, SimPrng *prng)
{
    const int64_t drawn = sim_prng_lognormal(prng, outages->lengths[cause].median_us,
                                             outages->lengths[cause].sigma_q32);
    return CLAMP(drawn, 1, outages->lengths[cause].longest_us);
}

SimOutageShape sim_outages_shape(const SimOutages *outages, uint32_t nodes, SimPrng *prng)
{
    const int64_t all = outages->complete + outages->partial + outages->one_way;
    const int64_t drawn = (int64_t)sim_prng_below(prng, (uint64_t)all);
    const bool single = (int64_t)sim_prng_below(prng, 100000) < outages->single;
    const uint64_t size = sim_prng_u64(prng), witnesses = sim_prng_u64(prng);
    if (nodes < 2) {
        return (SimOutageShape) { 0 };
    }
    const bool partial = drawn < outages->partial && nodes > 2;
    const uint32_t left = single ? 1 : 1 + (uint32_t)(size % (nodes - 1 - partial));
    const uint32_t over = partial ? 1 + (uint32_t)(witnesses % (nodes - left - 1)) : 0;
    return (SimOutageShape) {
        .left = left,
        .right = nodes - left - over,
        .one_way = drawn >= outages->partial && drawn < outages->partial + outages->one_way,
    };
}
