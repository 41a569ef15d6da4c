/* tools/distrosim/sweep/junit.c -- see junit.h.
 *
 * The shape is the one of Ant's schema, the strictest in use: every attribute that it asks for is
 * there, and elements stand in its order. Jenkins, GitLab and Surefire take it too. */
#include "tools/distrosim/sweep/junit.h"

#include "tools/distrosim/cli/version.h"

/* Virtual time 0, as such a file writes it. */
#define STAMP "1970-01-01T00:00:00"
#define US_PER_S 1e6

typedef struct Suite {
    size_t tests, failures, errors;
    int64_t virtual_us;
} Suite;

/* --- text ------------------------------------------------------------------------------------ */

/* What XML cannot hold at all, and a scenario's messages may, becomes a question mark. */
static char *as_xml(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *clean = g_string_new(NULL);
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        bool control = letter < 0x20 && letter != '\t' && letter != '\n';
        bool no_letter = (letter >= 0x7f && letter < 0xa0) || letter == 0xfffe || letter == 0xffff;
        g_string_append_unichar(clean, control || no_letter ? '?' : letter);
    }
    char *escaped = g_markup_escape_text(clean->str, -1);
    g_string_free(clean, true);
    return escaped;
}

static void append_attribute(GString *xml, const char *name, const char *value)
{
    g_autofree char *escaped = as_xml(value);
    g_string_append_printf(xml, " %s=\"%s\"", name, escaped);
}

/* Jenkins takes what stands before the last dot for a package. */
static char *class_name(const char *scenario)
{
    return g_strdelimit(g_strdup(scenario), "/", '.');
}

/* --- a case ---------------------------------------------------------------------------------- */

static void open_case(GString *xml, const char *scenario, const char *name, int64_t virtual_us)
{
    g_autofree char *class = class_name(scenario);
    g_string_append(xml, "    <testcase");
    append_attribute(xml, "classname", class);
    append_attribute(xml, "name", name);
    g_string_append_printf(xml, " time=\"%.3f\"", (double)virtual_us / US_PER_S);
}

static void append_fault(GString *xml, const char *element, const char *type, const char *message,
                         const char *body)
{
    g_autofree char *text = as_xml(body);
    g_string_append_printf(xml, ">\n      <%s", element);
    append_attribute(xml, "type", type);
    append_attribute(xml, "message", message);
    g_string_append_printf(xml, ">%s</%s>\n    </testcase>\n", text, element);
}

static const char *type_of(const Row *row)
{
    return *row->check != '\0' ? row->check : sim_verdict_name(row->verdict);
}

static void append_row(GString *xml, const Row *row)
{
    const char *label = row->variation->label;
    g_autofree char *name = g_strdup_printf("seed %" G_GUINT64_FORMAT "%s%s", row->seed,
                                            *label != '\0' ? " " : "", label);
    open_case(xml, row->scenario, name, MAX(row->figures[ROW_VIRTUAL_US], 0));
    if (row->verdict == SIM_VERDICT_HELD) {
        g_string_append(xml, "/>\n");
        return;
    }
    bool error = row->verdict == SIM_VERDICT_ERROR;
    g_autofree char *again = request_replay_line(&row->variation->request, row->path, row->seed);
    g_autofree char *body = g_strdup_printf("%s\nverdict %s\nagain %s\n", row->reason,
                                            sim_verdict_name(row->verdict), again);
    append_fault(xml, error ? "error" : "failure", error ? "scenario" : type_of(row), row->reason,
                 body);
}

/* --- a suite --------------------------------------------------------------------------------- */

static void open_suite(GString *xml, guint id, const char *name, const Suite *suite)
{
    g_string_append(xml, "  <testsuite");
    append_attribute(xml, "package", "distrosim");
    append_attribute(xml, "name", name);
    g_string_append_printf(xml,
                           " id=\"%u\" timestamp=\"%s\" hostname=\"distrosim\" tests=\"%zu\""
                           " failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
                           id, STAMP, suite->tests, suite->failures, suite->errors,
                           (double)suite->virtual_us / US_PER_S);
}

static void append_properties(GString *xml, const Sweep *sweep)
{
    g_string_append(xml, "    <properties>\n      <property name=\"version\"");
    append_attribute(xml, "value", distrosim_version);
    g_string_append(xml, "/>\n      <property name=\"seeds\"");
    append_attribute(xml, "value", sweep->asked->seeds);
    g_string_append(xml, "/>\n    </properties>\n");
}

static void close_suite(GString *xml)
{
    g_string_append(xml, "    <system-out/>\n    <system-err/>\n  </testsuite>\n");
}

static void count_row(Suite *suite, const Row *row)
{
    bool error = row->verdict == SIM_VERDICT_ERROR;
    suite->tests++;
    suite->errors += error;
    suite->failures += !error && row->verdict != SIM_VERDICT_HELD;
    suite->virtual_us += MAX(row->figures[ROW_VIRTUAL_US], 0);
}

/* All rows of @path, also those that the corpus had put at the end. */
static void append_scenario(GString *xml, const Sweep *sweep, size_t done, guint id,
                            const Planned *planned)
{
    Suite suite = { 0 };
    GString *cases = g_string_new(NULL);
    for (size_t i = 0; i < done; i++) {
        if (sweep->rows[i].path != planned->path) {
            continue;
        }
        count_row(&suite, &sweep->rows[i]);
        append_row(cases, &sweep->rows[i]);
    }
    open_suite(xml, id, planned->name, &suite);
    append_properties(xml, sweep);
    g_string_append_len(xml, cases->str, (gssize)cases->len);
    close_suite(xml);
    g_string_free(cases, true);
}

static void append_broken(GString *xml, const Sweep *sweep, guint id, const Broken *broken)
{
    Suite suite = { .tests = 1, .errors = 1 };
    open_suite(xml, id, broken->path, &suite);
    append_properties(xml, sweep);
    open_case(xml, broken->path, "loads", 0);
    append_fault(xml, "error", "scenario", broken->message, broken->message);
    close_suite(xml);
}

char *junit_text(const Sweep *sweep, size_t done)
{
    GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    guint scenarios = sweep->scenarios->len;
    for (guint i = 0; i < scenarios; i++) {
        append_scenario(xml, sweep, done, i, g_ptr_array_index(sweep->scenarios, i));
    }
    for (guint i = 0; i < sweep->broken->len; i++) {
        append_broken(xml, sweep, scenarios + i, g_ptr_array_index(sweep->broken, i));
    }
    g_string_append(xml, "</testsuites>\n");
    return g_string_free(xml, false);
}
