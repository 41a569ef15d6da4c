/* tests/unit/test_export.c -- every format of a recorded run, read back as its readers would. */
#include <jansson.h>

#include "sim/client/client.h"
#include "sim/explain/world.h"
#include "sim/export/export.h"
#include "sim/run/run.h"
#include "tests/support/check.h"
#include "tools/distrosim/report/html.h"

static GString *bytes[SIM_N_EXPORTS];
static uint64_t n_sent, n_records;
static GString *part, *of_node, *of_client, *drawn;

static void take(void *data, const SimWorld *world, const SimResult *result)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    (void)data;
    (void)result;
    n_records = count;
    for (size_t i = 0; i < count; i++) {
        n_sent += records[i].kind == SIM_TRACE_SEND || records[i].kind == SIM_TRACE_ANSWERED;
    }
    const SimExportSlice whole = sim_export_whole();
    for (int i = 0; i < SIM_N_EXPORTS; i++) {
        bytes[i] = sim_export(world, (SimExportFormat)i, &whole);
    }
    SimExportSlice slice = whole;
    slice.from_us = 5000000;
    slice.to_us = 10000000;
    part = sim_export(world, SIM_EXPORT_TEXT, &slice);
    slice = whole;
    slice.node = 1;
    of_node = sim_export(world, SIM_EXPORT_NDJSON, &slice);
    slice = whole;
    slice.from_us = 0;
    drawn = sim_export(world, SIM_EXPORT_PERFETTO, &slice);
    g_autoptr(GArray) ids = g_array_new(false, false, sizeof(DistroClient));
    SimEndpoint publisher = SIM_NO_ENDPOINT;
    g_autoptr(GError) error = NULL;
    check_true(!sim_explain_ids(world, "nothing of that name", ids, &publisher, &error));
    check_true(
        sim_explain_ids(world, sim_client_name(sim_world_client(world, 0)), ids, &publisher, NULL));
    check_uint(ids->len, >=, 1);
    slice.clients = (const DistroClient *)(void *)ids->data;
    slice.n_clients = ids->len;
    slice.publisher = publisher;
    of_client = sim_export(world, SIM_EXPORT_TEXT, &slice);
}

static uint64_t run_story(bool record)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimScenario) scenario =
        sim_scenario_load(DISTROSIM_TEST_DATA "/../explain/beats-end-with-their-owner.lua", &error);
    SimRunOptions options = { .seed = 3,
                              .record = record,
                              .payloads = record,
                              .until_us = 30000000,
                              .inspect = record ? take : NULL };
    g_autoptr(SimResult) result = sim_run(scenario, &options, NULL);
    return result->fingerprint;
}

static void recording_with_payloads_leaves_the_run_as_it_is(void)
{
    check_uint(run_story(true), ==, run_story(false));
    check_uint(n_sent, >, 100);
}

/* --- text formats ---------------------------------------------------------------------------- */

static uint64_t count_lines(const char *text)
{
    uint64_t lines = 0;
    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void a_part_has_the_records_of_its_time(void)
{
    g_auto(GStrv) lines = g_strsplit(part->str, "\n", -1);
    uint64_t n = 0;
    for (char **line = lines; **line != '\0'; line++, n++) {
        double at_s = g_ascii_strtod(*line, NULL);
        check_true(at_s >= 5 && at_s <= 10);
    }
    check_uint(n, >, 20);
    check_uint(n, <, n_records / 2);
}

static void a_part_of_a_node_names_it_in_every_record_that_names_any(void)
{
    g_auto(GStrv) lines = g_strsplit(of_node->str, "\n", -1);
    uint64_t named = 0;
    for (char **line = lines; **line != '\0'; line++) {
        bool any = strstr(*line, "\"subject\"") != NULL && strstr(*line, "\"text\"") == NULL;
        check_true(!any || strstr(*line, "\"n2\"") != NULL);
        named += any;
    }
    check_uint(named, >, 20);
}

static void a_part_of_a_client_leaves_out_the_others(void)
{
    uint64_t n = count_lines(of_client->str);
    check_uint(n, >, 10);
    check_uint(n, <, n_records / 2);
    check_true(strstr(of_client->str, "REGISTER") != NULL);
    check_true(strstr(of_client->str, "node.crash") != NULL);
    check_true(strstr(of_client->str, "REPORT") == NULL);
}

static void instants_of_perfetto_are_the_storys(void)
{
    check_true(strstr(drawn->str, "\"ts\":-") == NULL);
    check_true(strstr(drawn->str, "\"time_0_us\":0}") != NULL);
    check_true(strstr(bytes[SIM_EXPORT_PERFETTO]->str, "\"time_0_us\":0}") == NULL);
}

static void every_record_is_a_line_of_text_and_an_object_of_ndjson(void)
{
    check_uint(count_lines(bytes[SIM_EXPORT_TEXT]->str), ==, n_records);
    check_uint(count_lines(bytes[SIM_EXPORT_NDJSON]->str), ==, n_records);
    g_auto(GStrv) lines = g_strsplit(bytes[SIM_EXPORT_NDJSON]->str, "\n", -1);
    for (char **line = lines; **line; line++) {
        json_t *object = json_loads(*line, 0, NULL);
        check_true(json_is_object(object) && json_object_get(object, "event") != NULL);
        json_int_t id = json_integer_value(json_object_get(object, "id"));
        check_true(json_integer_value(json_object_get(object, "cause")) < id);
        json_decref(object);
    }
}

static void perfetto_gets_slices_that_arrows_join(void)
{
    json_t *trace = json_loads(bytes[SIM_EXPORT_PERFETTO]->str, 0, NULL);
    const json_t *events = json_object_get(trace, "traceEvents");
    unsigned starts = 0, ends = 0, slices = 0;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        const char *phase = json_string_value(json_object_get(event, "ph"));
        check_true(phase != NULL && json_is_integer(json_object_get(event, "pid")));
        check_true(json_integer_value(json_object_get(event, "ts")) >= 0);
        starts += *phase == 's';
        ends += *phase == 'f';
        slices += *phase == 'X';
    }
    check_uint(starts, >, 0);
    check_uint(starts, ==, ends);
    check_uint(slices, >, starts);
    json_decref(trace);
}

static void shiviz_clocks_fit_the_expression_and_grow(void)
{
    g_autoptr(GRegex) regex = g_regex_new(SIM_SHIVIZ_EXPRESSION, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GHashTable) last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned events = 0;
    check_true(regex != NULL);
    g_regex_match(regex, bytes[SIM_EXPORT_SHIVIZ]->str, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL), events++) {
        g_autofree char *host = g_match_info_fetch_named(match, "host");
        g_autofree char *clock = g_match_info_fetch_named(match, "clock");
        json_t *ticks = json_loads(clock, 0, NULL);
        json_int_t own = json_integer_value(json_object_get(ticks, host));
        check_int(own, ==, GPOINTER_TO_INT(g_hash_table_lookup(last, host)) + 1);
        g_hash_table_insert(last, g_strdup(host), GINT_TO_POINTER((int)own));
        json_decref(ticks);
    }
    check_uint(2 * (uint64_t)events, ==, count_lines(bytes[SIM_EXPORT_SHIVIZ]->str));
}

static void mermaid_draws_a_sequence_diagram(void)
{
    const char *text = bytes[SIM_EXPORT_MERMAID]->str;
    check_true(g_str_has_prefix(text, "sequenceDiagram\n"));
    check_true(strstr(text, "participant p0 as n1") != NULL);
    check_true(strstr(text, "CHANGE shop-1") != NULL);
    check_true(strstr(text, "node.crash") != NULL);
}

/* --- packets --------------------------------------------------------------------------------- */

static uint32_t word_at(const GString *capture, size_t at)
{
    const uint8_t *byte = (const uint8_t *)capture->str + at;
    return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
           (uint32_t)byte[3] << 24;
}

static void blocks_of_the_capture_follow_one_another(void)
{
    const GString *capture = bytes[SIM_EXPORT_PCAPNG];
    uint64_t packets = 0, earlier = 0;
    size_t at = 0;
    check_uint(word_at(capture, 0), ==, 0x0a0d0d0a);
    while (at + 12 <= capture->len) {
        uint32_t type = word_at(capture, at), size = word_at(capture, at + 4);
        check_uint(size % 4, ==, 0);
        check_uint(word_at(capture, at + size - 4), ==, size);
        if (type == 6) {
            uint64_t stamp = (uint64_t)word_at(capture, at + 12) << 32 | word_at(capture, at + 16);
            check_uint(stamp, >=, earlier);
            earlier = stamp;
            packets++;
        }
        at += size;
    }
    check_uint(at, ==, capture->len);
    check_uint(packets, ==, n_sent + 1); /* and time 0 */
}

static void packets_carry_what_nacos_would_send(void)
{
    const GString *capture = bytes[SIM_EXPORT_PCAPNG];
    check_true(g_strstr_len(capture->str, (gssize)capture->len, "10.128.0.1:8080") != NULL ||
               memmem(capture->str, capture->len, "10.128.0.1", 10) != NULL);
    check_true(memmem(capture->str, capture->len, "{\"op\":\"BEAT\"", 12) != NULL);
}

/* --- histories ------------------------------------------------------------------------------- */

static json_t *history; /* an array of its lines */

static const char *text_of(const json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));
    return text != NULL ? text : "";
}

static void read_history(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimScenario) scenario =
        sim_scenario_load(DISTROSIM_TEST_DATA "/../export/history.lua", &error);
    SimRunOptions options = { .seed = 1, .record = true, .history = true, .until_us = INT64_MAX };
    g_autoptr(SimResult) result = sim_run(scenario, &options, NULL);
    check_int(result->verdict, ==, SIM_VERDICT_HELD);
    g_auto(GStrv) lines = g_strsplit(result->history_text, "\n", -1);
    history = json_array();
    for (char **line = lines; **line; line++) {
        json_array_append_new(history, json_loads(*line, 0, NULL));
    }
    check_uint(json_array_size(history), >, 20);
}

/* The first line of @type, for @f, whose @name is @text. */
static const json_t *find_line(const char *type, const char *f, const char *name, const char *text)
{
    for (size_t i = 0; i < json_array_size(history); i++) {
        const json_t *line = json_array_get(history, i);
        if (g_str_equal(text_of(line, "type"), type) && g_str_equal(text_of(line, "f"), f) &&
            g_str_equal(text_of(line, name), text)) {
            return line;
        }
    }
    return NULL;
}

static void a_process_of_a_history_does_one_thing_at_a_time(void)
{
    const char *doing[16] = { NULL };
    bool lost[16] = { false };
    json_int_t before = INT64_MIN;
    read_history();
    for (size_t i = 0; i < json_array_size(history); i++) {
        const json_t *line = json_array_get(history, i);
        const json_int_t time = json_integer_value(json_object_get(line, "time"));
        check_int(json_integer_value(json_object_get(line, "index")), ==, (json_int_t)i);
        check_true(time >= before);
        before = time;
        if (!json_is_integer(json_object_get(line, "process"))) {
            check_str(text_of(line, "process"), ==, "nemesis");
            check_str(text_of(line, "type"), ==, "info");
            continue;
        }
        const json_int_t process = json_integer_value(json_object_get(line, "process"));
        check_true(process >= 0 && process < 16);
        check_true(!lost[process]);
        if (g_str_equal(text_of(line, "type"), "invoke")) {
            check_true(doing[process] == NULL);
            doing[process] = text_of(line, "f");
        } else {
            check_str(doing[process], ==, text_of(line, "f"));
            doing[process] = NULL;
            lost[process] = g_str_equal(text_of(line, "type"), "info");
        }
    }
    check_true(lost[1] || lost[2]); /* the registration that reached no server */
    for (int i = 0; i < 16; i++) {
        check_true(doing[i] == NULL);
    }
}

static void a_history_says_what_clients_publish_and_readers_see(void)
{
    const json_t *update = find_line("ok", "update", "key", "shop");
    const json_t *after = json_array_get(json_object_get(update, "value"), 0);
    check_true(json_real_value(json_object_get(after, "weight")) == 2.5);
    check_str(text_of(json_object_get(after, "metadata"), "zone"), ==, "\"x\"");
    check_true(find_line("ok", "register", "key", "far#drinks@@tea") != NULL);
    const json_t *back = find_line("ok", "deregister", "key", "far#drinks@@tea");
    check_true(json_is_array(json_object_get(back, "value")));
    check_uint(json_array_size(json_object_get(back, "value")), ==, 0);
    const json_t *refused = find_line("info", "register", "key", "bar");
    check_str(text_of(refused, "error"), ==, "not connected");

    const json_t *cache = find_line("ok", "read", "at", "bar-1");
    check_uint(json_array_size(json_object_get(cache, "value")), ==, 1);
    check_str(text_of(find_line("fail", "read", "at", "n1"), "error"), ==, "down");
    check_true(find_line("info", "node.crash", "process", "nemesis") != NULL);
    check_true(find_line("info", "client.killed", "process", "nemesis") != NULL);
    check_true(find_line("ok", "close", "client", "shop-1") != NULL);
}

/* The predicate reads after every event, for a second and more. */
static void a_predicate_is_in_a_history_when_it_sees_news(void)
{
    unsigned seen = 0;
    for (size_t i = 0; i < json_array_size(history); i++) {
        const json_t *line = json_array_get(history, i);
        seen += g_str_equal(text_of(line, "type"), "ok") && g_str_equal(text_of(line, "at"), "n2");
    }
    check_uint(seen, ==, 2); /* nothing, then the instance */
    json_decref(history);
}

/* --- pages ----------------------------------------------------------------------------------- */

static void text_cannot_break_out_of_a_page(void)
{
    g_autoptr(GString) page = g_string_new(NULL);
    html_text(page, "<script>\"a\" & 'b'</script>");
    check_str(page->str, ==, "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
}

static void names_of_formats_are_read_as_they_are_written(void)
{
    for (int i = 0; i < SIM_N_EXPORTS; i++) {
        SimExportFormat format = SIM_N_EXPORTS;
        check_true(sim_export_parse(sim_export_name((SimExportFormat)i), &format));
        check_int(format, ==, i);
    }
    SimExportFormat none;
    check_true(!sim_export_parse("pcap", &none));
}

int main(void)
{
    static const Test tests[] = {
        { "recording with payloads leaves the run as it is",
          recording_with_payloads_leaves_the_run_as_it_is },
        { "every record is a line of text and an object of ndjson",
          every_record_is_a_line_of_text_and_an_object_of_ndjson },
        { "a part has the records of its time", a_part_has_the_records_of_its_time },
        { "a part of a node names it in every record that names any",
          a_part_of_a_node_names_it_in_every_record_that_names_any },
        { "a part of a client leaves out the others", a_part_of_a_client_leaves_out_the_others },
        { "instants of perfetto are the story's", instants_of_perfetto_are_the_storys },
        { "perfetto gets slices that arrows join", perfetto_gets_slices_that_arrows_join },
        { "shiviz clocks fit the expression and grow", shiviz_clocks_fit_the_expression_and_grow },
        { "mermaid draws a sequence diagram", mermaid_draws_a_sequence_diagram },
        { "blocks of the capture follow one another", blocks_of_the_capture_follow_one_another },
        { "packets carry what Nacos would send", packets_carry_what_nacos_would_send },
        { "a process of a history does one thing at a time",
          a_process_of_a_history_does_one_thing_at_a_time },
        { "a history says what clients publish and readers see",
          a_history_says_what_clients_publish_and_readers_see },
        { "a predicate is in a history when it sees news",
          a_predicate_is_in_a_history_when_it_sees_news },
        { "text cannot break out of a page", text_cannot_break_out_of_a_page },
        { "names of formats are read as they are written",
          names_of_formats_are_read_as_they_are_written },
        { NULL, NULL },
    };
    int status = run_tests("export", tests);
    for (int i = 0; i < SIM_N_EXPORTS; i++) {
        if (bytes[i] != NULL) {
            g_string_free(bytes[i], true);
        }
    }
    GString *const parts[] = { part, of_node, of_client, drawn };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_string_free(parts[i], true);
    }
    return status;
}
