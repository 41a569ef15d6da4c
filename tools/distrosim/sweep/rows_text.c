/* tools/distrosim/sweep/rows_text.c -- a row as a line of the journal, and back.
 *
 *      index  seed  verdict  checked  check  reason  line  signature  cause  fingerprint  figures
 *      amplification  [name unit value]...  digest
 *
 * Tabs stand between the fields, so texts are escaped as in C. The digest covers all before it:
 * a process that was killed while writing leaves a line that does not count. */
#include <stdlib.h>
#include <string.h>

#include "tools/distrosim/sweep/digest.h"
#include "tools/distrosim/sweep/rows.h"

enum {
    FIELD_INDEX,
    FIELD_SEED,
    FIELD_VERDICT,
    FIELD_CHECKED,
    FIELD_CHECK,
    FIELD_REASON,
    FIELD_LINE,
    FIELD_SIGNATURE,
    FIELD_CAUSE,
    FIELD_FINGERPRINT,
    FIELD_FIGURES,
    FIELD_AMPLIFICATION,
    N_FIELDS,
};

/* --- writing -------------------------------------------------------------------------------- */

static void append_text(GString *line, const char *text)
{
    g_autofree char *escaped = g_strescape(text != NULL ? text : "", NULL);
    g_string_append_printf(line, "\t%s", escaped);
}

/* With all its bits, which "%.15g" would not keep. */
static void append_number(GString *line, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(line, "\t%s", g_ascii_dtostr(text, sizeof text, number));
}

static void append_measures(GString *line, const GArray *measures)
{
    for (guint i = 0; measures != NULL && i < measures->len; i++) {
        const RowMeasure *measure = &g_array_index(measures, RowMeasure, i);
        append_text(line, measure->column);
        append_text(line, measure->unit);
        append_number(line, measure->value);
    }
}

static uint64_t digest_of(const char *text, size_t length)
{
    return digest_finish(digest_add(digest_start(), text, length));
}

void row_append_text(const Row *row, GString *text)
{
    gsize start = text->len;
    g_string_append_printf(text, "%zu\t%" G_GUINT64_FORMAT "\t%s\t%d", row->index, row->seed,
                           sim_verdict_name(row->verdict), row->checked);
    append_text(text, row->check);
    append_text(text, row->reason);
    append_text(text, row->line);
    append_text(text, row->signature);
    append_text(text, row->cause);
    g_string_append_printf(text, "\t%016" G_GINT64_MODIFIER "x\t", row->fingerprint);
    for (int figure = 0; figure < ROW_N_FIGURES; figure++) {
        g_string_append_printf(text, "%s%" G_GINT64_FORMAT, figure > 0 ? "," : "",
                               row->figures[figure]);
    }
    append_number(text, row->amplification);
    append_measures(text, row->measures);
    uint64_t digest = digest_of(text->str + start, text->len - start);
    g_string_append_printf(text, "\t%016" G_GINT64_MODIFIER "x", digest);
}

/* --- reading -------------------------------------------------------------------------------- */

static bool read_hex(const char *text, uint64_t *number)
{
    guint64 value = 0;
    bool ok =
        strlen(text) == 16 && g_ascii_string_to_unsigned(text, 16, 0, G_MAXUINT64, &value, NULL);
    *number = value;
    return ok;
}

static bool is_whole(const char *line, size_t length)
{
    const char *tab = memrchr(line, '\t', length);
    if (tab == NULL || length - (size_t)(tab + 1 - line) != 16) {
        return false;
    }
    g_autofree char *text = g_strndup(tab + 1, 16);
    uint64_t digest = 0;
    return read_hex(text, &digest) && digest == digest_of(line, (size_t)(tab - line));
}

static bool read_count(const char *text, uint64_t *count)
{
    guint64 value = 0;
    bool ok = g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value, NULL);
    *count = value;
    return ok;
}

bool row_index_of_text(const char *line, size_t length, size_t *index)
{
    if (!is_whole(line, length)) {
        return false;
    }
    g_autofree char *text = g_strndup(line, strcspn(line, "\t"));
    uint64_t value = 0;
    bool ok = read_count(text, &value);
    *index = (size_t)value;
    return ok;
}

static bool read_verdict(const char *text, SimVerdict *verdict)
{
    for (int each = SIM_VERDICT_HELD; each <= SIM_VERDICT_ERROR; each++) {
        *verdict = (SimVerdict)each;
        if (g_str_equal(sim_verdict_name(*verdict), text)) {
            return true;
        }
    }
    return false;
}

static bool read_figures(const char *text, int64_t figures[ROW_N_FIGURES])
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    if (g_strv_length(parts) != ROW_N_FIGURES) {
        return false;
    }
    for (int figure = 0; figure < ROW_N_FIGURES; figure++) {
        figures[figure] = g_ascii_strtoll(parts[figure], NULL, 10);
    }
    return true;
}

static GArray *read_measures(char **fields, guint count)
{
    if (count == 0) {
        return NULL;
    }
    GArray *measures = g_array_new(false, false, sizeof(RowMeasure));
    for (guint i = 0; i + 2 < count; i += 3) {
        g_autofree char *column = g_strcompress(fields[i]);
        g_autofree char *unit = g_strcompress(fields[i + 1]);
        RowMeasure measure = { g_intern_string(column), g_intern_string(unit),
                               g_ascii_strtod(fields[i + 2], NULL) };
        g_array_append_val(measures, measure);
    }
    return measures;
}

static void read_texts(Row *row, char **fields)
{
    g_autofree char *check = g_strcompress(fields[FIELD_CHECK]);
    row->check = g_intern_string(check);
    row->reason = g_strcompress(fields[FIELD_REASON]);
    row->signature = g_strcompress(fields[FIELD_SIGNATURE]);
    row->cause = g_strcompress(fields[FIELD_CAUSE]);
    if (row->verdict != SIM_VERDICT_HELD) {
        row->line = g_strcompress(fields[FIELD_LINE]);
    }
}

static bool read_numbers(Row *row, char **fields)
{
    uint64_t seed = 0;
    if (!read_count(fields[FIELD_SEED], &seed) || seed != row->seed) {
        return false;
    }
    row->checked = g_str_equal(fields[FIELD_CHECKED], "1");
    row->amplification = g_ascii_strtod(fields[FIELD_AMPLIFICATION], NULL);
    return read_verdict(fields[FIELD_VERDICT], &row->verdict) &&
           read_hex(fields[FIELD_FINGERPRINT], &row->fingerprint) &&
           read_figures(fields[FIELD_FIGURES], row->figures);
}

bool row_from_text(Row *row, const char *line, size_t length)
{
    g_autofree char *text = g_strndup(line, length);
    g_auto(GStrv) fields = g_strsplit(text, "\t", -1);
    guint count = g_strv_length(fields);
    if (count < N_FIELDS + 1 || !read_numbers(row, fields)) {
        return false;
    }
    row_clear(row); /* a later line about the same run stands for the earlier one */
    read_texts(row, fields);
    row->measures = read_measures(fields + N_FIELDS, count - N_FIELDS - 1);
    row->made = true;
    return true;
}
