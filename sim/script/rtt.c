/* sim/script/rtt.c -- reads a table of round trips. */
#include "sim/script/rtt.h"

#include <string.h>

#include "sim/base/nearest.h"

G_DEFINE_QUARK(sim-rtt-error-quark, sim_rtt_error)

struct SimRttTable {
    GPtrArray *places; /* char *, in the header's order */
    GArray *cells;     /* int64_t, row by row; NOT_MEASURED where nothing is known */
};

/* Where reading has got to, for error messages. */
typedef struct Reader {
    const char *path;
    unsigned line;
    SimRttTable *table;
    GArray *seen; /* bool per place: its row was read */
} Reader;

#define NOT_MEASURED INT64_C(-1)
#define LONGEST_MS INT64_C(86400000) /* a day: beyond it a cell is a slip of the pen */

static SimRttTable *new_table(void)
{
    SimRttTable *table = g_new0(SimRttTable, 1);
    table->places = g_ptr_array_new_with_free_func(g_free);
    table->cells = g_array_new(false, false, sizeof(int64_t));
    return table;
}

void sim_rtt_table_free(SimRttTable *table)
{
    if (table == NULL) {
        return;
    }
    g_ptr_array_unref(table->places);
    g_array_unref(table->cells);
    g_free(table);
}

int sim_rtt_table_find(const SimRttTable *table, const char *place)
{
    for (guint i = 0; i < table->places->len; i++) {
        if (strcmp(table->places->pdata[i], place) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int64_t sim_rtt_table_get(const SimRttTable *table, int from, int to)
{
    g_assert_cmpint(from, >=, 0);
    g_assert_cmpint(to, >=, 0);
    g_assert_cmpuint((guint)from, <, table->places->len);
    g_assert_cmpuint((guint)to, <, table->places->len);
    return g_array_index(table->cells, int64_t, (guint)from * table->places->len + (guint)to);
}

const char *sim_rtt_table_nearest(const SimRttTable *table, const char *place)
{
    return sim_nearest_name(place, (const char *const *)table->places->pdata, table->places->len);
}

/* --- reading --------------------------------------------------------------------------------- */

static bool G_GNUC_PRINTF(3, 4) fail(const Reader *reader, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (reader->line > 0) {
        g_set_error(error, SIM_RTT_ERROR, SIM_RTT_ERROR_FORMAT, "%s:%u: %s", reader->path,
                    reader->line, reason);
    } else {
        g_set_error(error, SIM_RTT_ERROR, SIM_RTT_ERROR_FORMAT, "%s: %s", reader->path, reason);
    }
    return false;
}

/* Digits are read one by one, so that no locale or rounding of floats has a say. */
bool sim_rtt_parse_ms(const char *text, int64_t *us)
{
    int64_t ms = 0, fraction_us = 0, weight_us = 100;
    const char *c = text;
    for (; g_ascii_isdigit(*c) && ms <= LONGEST_MS; c++) {
        ms = ms * 10 + (*c - '0');
    }
    if (c == text) {
        return false;
    }
    if (*c == '.' && !g_ascii_isdigit(*++c)) {
        return false;
    }
    for (; g_ascii_isdigit(*c); c++, weight_us /= 10) {
        fraction_us += weight_us * (*c - '0');
    }
    *us = ms * 1000 + fraction_us;
    return *c == '\0' && ms <= LONGEST_MS;
}

static bool read_header(Reader *reader, char **fields, GError **error)
{
    SimRttTable *table = reader->table;
    if (strcmp(fields[0], "from_to") != 0) {
        return fail(reader, error, "the header must begin with \"from_to\", not \"%s\"", fields[0]);
    }
    for (char **field = fields + 1; *field != NULL; field++) {
        if (**field == '\0') {
            return fail(reader, error, "column %d has no name", (int)(field - fields) + 1);
        }
        if (sim_rtt_table_find(table, *field) >= 0) {
            return fail(reader, error, "\"%s\" has two columns", *field);
        }
        g_ptr_array_add(table->places, g_strdup(*field));
    }
    if (table->places->len == 0) {
        return fail(reader, error, "the header names no place");
    }
    guint n = table->places->len;
    g_array_set_size(table->cells, n * n);
    for (guint i = 0; i < n * n; i++) {
        g_array_index(table->cells, int64_t, i) = NOT_MEASURED;
    }
    g_array_set_size(reader->seen, n);
    return true;
}

static bool read_row(Reader *reader, char **fields, GError **error)
{
    SimRttTable *table = reader->table;
    guint n = table->places->len, found = g_strv_length(fields) - 1;
    int row = sim_rtt_table_find(table, fields[0]);
    if (row < 0) {
        return fail(reader, error, "row \"%s\" has no column (nearest: \"%s\")", fields[0],
                    sim_rtt_table_nearest(table, fields[0]));
    }
    if (g_array_index(reader->seen, bool, row)) {
        return fail(reader, error, "\"%s\" has two rows", fields[0]);
    }
    if (found != n) {
        return fail(reader, error, "row \"%s\" has %u cells, expected %u", fields[0], found, n);
    }
    g_array_index(reader->seen, bool, row) = true;
    for (guint column = 0; column < n; column++) {
        const char *text = fields[column + 1];
        int64_t *cell = &g_array_index(table->cells, int64_t, (guint)row * n + column);
        if (strcmp(text, "NA") != 0 && !sim_rtt_parse_ms(text, cell)) {
            return fail(reader, error, "%s to %s is \"%s\", expected milliseconds or NA", fields[0],
                        (const char *)table->places->pdata[column], text);
        }
    }
    return true;
}

static bool read_line(Reader *reader, char *line, GError **error)
{
    g_strchomp(line); /* carriage returns */
    if (*line == '#' || *line == '\0') {
        return true;
    }
    if (!g_utf8_validate(line, -1, NULL)) {
        return fail(reader, error, "not UTF-8");
    }
    g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
    return reader->table->places->len == 0 ? read_header(reader, fields, error)
                                           : read_row(reader, fields, error);
}

static bool check_complete(Reader *reader, GError **error)
{
    reader->line = 0;
    if (reader->table->places->len == 0) {
        return fail(reader, error, "no header line \"from_to<TAB>...\"");
    }
    for (guint i = 0; i < reader->seen->len; i++) {
        if (!g_array_index(reader->seen, bool, i)) {
            return fail(reader, error, "column \"%s\" has no row",
                        (const char *)reader->table->places->pdata[i]);
        }
    }
    return true;
}

static bool read_table(Reader *reader, char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        reader->line++;
        if (!read_line(reader, *line, error)) {
            return false;
        }
    }
    return check_complete(reader, error);
}

SimRttTable *sim_rtt_table_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &text, &size, &cause)) {
        g_set_error(error, SIM_RTT_ERROR, SIM_RTT_ERROR_IO, "%s", cause->message);
        return NULL;
    }
    g_autoptr(SimRttTable) table = new_table();
    g_autoptr(GArray) seen = g_array_new(false, true, sizeof(bool));
    Reader reader = { .path = path, .table = table, .seen = seen };
    if (memchr(text, '\0', size) != NULL) {
        fail(&reader, error, "not text: it contains a zero byte");
        return NULL;
    }
    return read_table(&reader, text, error) ? g_steal_pointer(&table) : NULL;
}
