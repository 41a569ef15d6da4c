/* tests/unit/test_shrink.c -- a failing run is told again as a flat story, and cut down to what
 * matters. */
#include "sim/shrink/shrink.h"

#include <glib/gstdio.h>
#include <string.h>

#include "sim/actions/record.h"
#include "tests/support/check.h"

/* --- scenarios and runs ---------------------------------------------------------------------- */

#define NOISE                                                                                      \
    "    for i = 1, 6 do\n"                                                                        \
    "      w:client({ name = \"noise-\" .. i, server = one_of { a, b, c } })"                      \
    ":register { service = \"noise\" }\n"                                                          \
    "      wait(between(ms(100), s(1)))\n"                                                         \
    "    end\n"

static const char *const zombie =
    "return scenario {\n"
    "  topology = { nodes = 3, lan = { rtt = ms(1), jitter = percent(10) } },\n"
    "  always   = { checks.no_zombies { grace = s(60) } },\n"
    "  story    = function(w)\n"
    "    local a, b, c = w:nodes()\n" NOISE
    "    local shop = w:client { name = \"shop-1\", server = a }\n"
    "    shop:register { service = \"shop\" }\n"
    "    w:pause(b, s(1))\n"
    "    wait(s(10))\n"
    "    w:crash(a)\n"
    "    shop:kill()\n"
    "    wait(s(120))\n"
    "  end,\n"
    "}\n";

static const char *const lost = "return scenario {\n"
                                "  topology = { nodes = 3 },\n"
                                "  story    = function(w)\n"
                                "    local a, b, c = w:nodes()\n" NOISE
                                "    local shop = w:client { name = \"shop-1\", server = a }\n"
                                "    w:isolate(a)\n"
                                "    shop:register { service = \"shop\" }\n"
                                "    wait(between(s(20), s(30)))\n"
                                "    expect(c:knows(shop), \"c does not know shop-1\")\n"
                                "  end,\n"
                                "}\n";

static const char *const computed = "return scenario {\n"
                                    "  topology = { nodes = 1 },\n"
                                    "  story    = function(w)\n"
                                    "    local began = now()\n"
                                    "    wait(s(3))\n"
                                    "    local took = now() - began\n"
                                    "    expect(took < s(2), \"it took too long\")\n"
                                    "  end,\n"
                                    "}\n";

static const char *const holding =
    "return scenario { topology = { nodes = 1 }, story = function() wait(s(1)) end }\n";

/* Every verb that changes the world. What fails at its end hangs on none of them but the last. */
static const char *const every_verb =
    "return scenario {\n"
    "  topology = { sites = { east = 3, west = 2 }, lan = { rtt = ms(1) },\n"
    "               wan = { rtt = ms(20), jitter = percent(5), loss = ppm(100) },\n"
    "               links = { [\"east>west\"] = { delay = ms(12) } },\n"
    "               settings = { [\"nacos.core.protocol.distro.data.sync.delayMs\"] = ms(900),\n"
    "                            [\"west/n1\"] = { [\"nacos.common.processors\"] = 2 } },\n"
    "               profiles = { [\"west/n2\"] = \"nacos-2.3\" }, framing = bytes(10),\n"
    "               clocks = { [\"east/n2\"] = { offset = s(-2) } } },\n"
    "  always   = { checks.no_zombies { grace = s(20) } },\n"
    "  story    = function(w)\n"
    "    local a, b, c = w:node \"east/n1\", w:node \"east/n2\", w:node \"east/n3\"\n"
    "    local k = w:client { name = \"k\", server = a, subscribe = { \"shop\" } }\n"
    "    local old = w:client { name = \"old\", kind = \"nacos-client-1\", server = \"west\" }\n"
    "    k:register { service = \"shop\", weight = 2, metadata = { zone = \"a\" }, group = \"g\" "
    "}\n"
    "    old:register { service = \"bank\", ip = \"1.2.3.4\", port = 99 }\n"
    "    k:update { service = \"shop\", group = \"g\", enabled = false }\n"
    "    k:register_batch { service = \"many\", instances = { { port = 1 }, { port = 2 } } }\n"
    "    local f = w:fleet { name = \"f\", clients = 6, services = 2, over = s(2) }\n"
    "    f:churn { register = per_second(1), update = per_second(1), for_ = s(5) }\n"
    "    local caught = w:intercept { from = a, op = \"CHANGE\", nth = { 1, 3 }, action = "
    "\"delay\",\n"
    "                                 by = s(1), before = s(100) }\n"
    "    w:intercept { op = \"VERIFY\", chance = percent(5), action = \"drop\", after = s(30) }\n"
    "    wait(s(5))\n"
    "    caught:stop()\n"
    "    w:partition({ a }, { b, c })\n"
    "    w:cut(b, c, { oneway = true })\n"
    "    w:cut(k, b, { calls = true })\n"
    "    w:heal(b, c)\n"
    "    w:heal()\n"
    "    w:isolate(c)\n"
    "    w:blackhole(b)\n"
    "    w:heal()\n"
    "    w:bridge(a, { b }, { c })\n"
    "    w:ring { a, b, c }\n"
    "    w:heal()\n"
    "    w:cut(\"east\", \"west\")\n"
    "    wait(s(2))\n"
    "    w:heal()\n"
    "    w:link(a, b, { loss = percent(10), rtt = ms(5), bandwidth = mbit(10), queue = kib(64) })\n"
    "    w:flap(a, c, { down = s(1), up = s(1), times = 2 })\n"
    "    w:clog(b, c, s(1))\n"
    "    w:pause(b, s(1))\n"
    "    w:slow(c, 3, s(2))\n"
    "    w:clock(a, { drift = ppm(50), step = s(1) })\n"
    "    k:pause(ms(200))\n"
    "    k:connect(b)\n"
    "    k:subscribe \"bank\"\n"
    "    wait(s(5))\n"
    "    w:join(\"west/n3\")\n"
    "    w:join(\"other\", { site = \"east\", address = \"10.9.9.9:8848\" })\n"
    "    wait(s(20))\n"
    "    w:upgrade(c, \"nacos-2.3\")\n"
    "    w:set_members(c, { a, b, c })\n"
    "    w:stop(b)\n"
    "    w:restart(b)\n"
    "    w:leave \"other\"\n"
    "    k:deregister { service = \"shop\", group = \"g\" }\n"
    "    old:close()\n"
    "    w:chaos { for_ = s(20), crash = per_minute(6), pause = per_minute(6), link = "
    "per_minute(6) }\n"
    "    wait(s(40))\n"
    "    f:close(1)\n"
    "    f:kill(1)\n"
    "    local dead = w:client { name = \"dead\", server = a }\n"
    "    dead:register { service = \"dead\" }\n"
    "    wait(s(10))\n"
    "    w:crash(a)\n"
    "    dead:kill()\n"
    "    wait(s(60))\n"
    "  end,\n"
    "}\n";

static SimScenario *load(const char *text)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("shrinkXXXXXX.lua", &path, NULL);
    g_assert_cmpint(file, >=, 0);
    g_close(file, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    SimScenario *scenario = sim_scenario_load(path, NULL);
    g_assert_nonnull(scenario);
    g_unlink(path);
    return scenario;
}

static SimShrinkResult *shrink(const char *text, uint64_t seed)
{
    g_autoptr(SimScenario) scenario = load(text);
    const SimShrinkOptions options = { .seed = seed, .within_us = INT64_C(50000000) };
    return sim_shrink(scenario, &options);
}

static SimResult *run(const char *text, uint64_t seed, SimRecording *actions)
{
    g_autoptr(SimScenario) scenario = load(text);
    const SimRunOptions options = { .seed = seed, .until_us = INT64_MAX, .actions = actions };
    return sim_run(scenario, &options, NULL);
}

static const char *first_check(const SimResult *result)
{
    return result->violations->len > 0 ? g_array_index(result->violations, SimViolation, 0).check
                                       : "";
}

/* --- recording ------------------------------------------------------------------------------- */

static void a_record_changes_nothing_that_happens(void)
{
    g_autoptr(SimRecording) record = sim_record_new();
    g_autoptr(SimResult) plain = run(zombie, 7, NULL);
    g_autoptr(SimResult) recorded = run(zombie, 7, record);

    check_uint(recorded->fingerprint, ==, plain->fingerprint);
    check_uint(recorded->events, ==, plain->events);
    check_uint(record->actions->len, ==, 6 * 2 + 2 + 3);
}

static void deeds_come_with_what_was_drawn(void)
{
    g_autoptr(SimRecording) record = sim_record_new();
    g_autoptr(SimResult) result = run(zombie, 7, record);
    const SimAction *first = record->actions->pdata[0], *second = record->actions->pdata[1];

    check_uint(result->events, >, 0);
    check_int(first->kind, ==, SIM_ACTION_CLIENT);
    check_uint(((const GArray *)first->groups->pdata[0])->len, ==, 1); /* its server */
    check_int(second->kind, ==, SIM_ACTION_REGISTER);
    check_int(second->took_us, >, 0);
}

static void quantities_are_written_in_units_that_fit(void)
{
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = { { 20000000, "s(20)" }, { 1500000, "s(1.5)" }, { 300000, "ms(300)" },
                 { 150, "us(150)" },    { 0, "s(0)" },         { -31000000, "s(-31)" } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = sim_lua_duration(rows[i].us);
        check_str(text, ==, rows[i].text);
    }
}

/* --- shrinking ------------------------------------------------------------------------------- */

static void a_zombie_is_left_with_its_client_and_the_crash(void)
{
    g_autoptr(SimShrinkResult) result = shrink(zombie, 7);
    check_int(result->outcome, ==, SIM_SHRINK_DONE);
    check_uint(result->actions, ==, 4); /* client, register, crash, kill */
    check_uint(result->lines, <=, 7);
    check_true(result->finished);
    check_true(result->text && !strstr(result->text, "noise"));
    check_true(result->text && strstr(result->text, "nodes = 2"));
}

static void what_is_left_fails_the_same_way_by_itself(void)
{
    g_autoptr(SimShrinkResult) result = shrink(zombie, 7);
    g_autoptr(SimResult) again = run(result->text, result->seed, NULL);
    check_int(again->verdict, ==, SIM_VERDICT_UNSAFE);
    check_str(first_check(again), ==, "no_zombies");
}

static void the_same_run_shrinks_to_the_same_text(void)
{
    g_autoptr(SimShrinkResult) first = shrink(lost, 3);
    g_autoptr(SimShrinkResult) second = shrink(lost, 3);
    check_str(first->text, ==, second->text);
    check_uint(first->tried, ==, second->tried);
}

static void a_claim_keeps_its_words_and_the_time_before_it(void)
{
    g_autoptr(SimShrinkResult) result = shrink(lost, 3);
    check_int(result->outcome, ==, SIM_SHRINK_DONE);
    check_str(result->check, ==, "expect");
    check_true(strstr(result->text, "expect(c:knows(shop), \"c does not know shop-1\")") != NULL);
    check_true(strstr(result->text, "local shop = w:client") != NULL);
    /* No node could know shop-1 at once; that would be another failure. */
    check_true(strstr(result->text, "wait(s(2") != NULL);
    check_true(strstr(result->text, "w:isolate") != NULL);
}

static void a_claim_about_computed_values_is_refused(void)
{
    g_autoptr(SimShrinkResult) result = shrink(computed, 1);
    check_int(result->outcome, ==, SIM_SHRINK_IMPOSSIBLE);
    check_true(strstr(result->reason, "values that the story computed") != NULL);
    check_true(result->text == NULL);
}

static void a_run_that_holds_has_nothing_to_shrink(void)
{
    g_autoptr(SimShrinkResult) result = shrink(holding, 1);
    check_int(result->outcome, ==, SIM_SHRINK_HOLDS);
}

static bool stop_at_once(void *data, unsigned tried, unsigned actions)
{
    (void)actions;
    return tried < *(const unsigned *)data;
}

static void who_stops_it_keeps_the_smallest_so_far(void)
{
    g_autoptr(SimScenario) scenario = load(zombie);
    unsigned enough = 3;
    const SimShrinkOptions options = { .seed = 7,
                                       .within_us = INT64_C(50000000),
                                       .progress = stop_at_once,
                                       .progress_data = &enough };
    g_autoptr(SimShrinkResult) result = sim_shrink(scenario, &options);
    check_int(result->outcome, ==, SIM_SHRINK_DONE);
    check_true(!result->finished);
    g_autoptr(SimResult) again = run(result->text, result->seed, NULL);
    check_str(first_check(again), ==, "no_zombies");
}

static void every_verb_is_told_again(void)
{
    g_autoptr(SimScenario) scenario = load(every_verb);
    unsigned enough = 1; /* the first story with all its faults, or there is none */
    const SimShrinkOptions options = { .seed = 1,
                                       .within_us = INT64_C(50000000),
                                       .progress = stop_at_once,
                                       .progress_data = &enough };
    g_autoptr(SimShrinkResult) result = sim_shrink(scenario, &options);
    check_int(result->outcome, ==, SIM_SHRINK_DONE);
    static const char *const verbs[] = {
        "w:partition(", "oneway = true",  "calls = true",
        "w:isolate",    "w:blackhole",    "w:bridge(",
        "w:ring",       "w:link(",        "w:cut(\"east/n1\", \"east/n3\")",
        "w:clog(",      "w:pause(",       "w:slow(",
        "w:clock(",     "w:join \"west/", "site = \"east\"",
        "w:upgrade(",   "w:stop",         "w:set_members",
        "w:leave",      "w:intercept",    "now() + s(",
        ":stop()",      "w:crash",        "w:restart",
        "w:heal()",
    };
    for (size_t i = 0; result->text != NULL && i < G_N_ELEMENTS(verbs); i++) {
        if (strstr(result->text, verbs[i]) == NULL) {
            printf("\n    no %s", verbs[i]);
        }
        check_true(strstr(result->text, verbs[i]) != NULL);
    }
}

/* Does the first story that fails, before anything is cut, have all @texts? It is the first that is
 * tried, or, if others than those whom the claim names matter, the second. */
static void check_first_story(const char *source, unsigned enough, const char *const *texts,
                              size_t count)
{
    g_autoptr(SimScenario) scenario = load(source);
    const SimShrinkOptions options = { .seed = 1,
                                       .within_us = INT64_C(50000000),
                                       .progress = stop_at_once,
                                       .progress_data = &enough };
    g_autoptr(SimShrinkResult) result = sim_shrink(scenario, &options);
    check_int(result->outcome, ==, SIM_SHRINK_DONE);
    for (size_t i = 0; result->text != NULL && i < count; i++) {
        if (strstr(result->text, texts[i]) == NULL) {
            printf("\n    no %s", texts[i]);
        }
        check_true(strstr(result->text, texts[i]) != NULL);
    }
}

/* Two clusters that differ in everything, verbs of one of them alone. */
static const char *const clusters =
    "return scenario {\n"
    "  topology = { clusters = { east = { nodes = 3, profile = \"nacos-2.3\",\n"
    "                 settings = { [\"nacos.common.processors\"] = 2,\n"
    "                              n2 = { [\"nacos.common.processors\"] = 3 } },\n"
    "                 profiles = { n3 = \"nacos-3.0\" }, addresses = { n3 = \"10.9.0.3:8848\" } "
    "},\n"
    "               west = { sites = { a = 2, b = 1 }, wan = { rtt = ms(2) } } },\n"
    "               wan = { rtt = ms(30) }, links = { [\"east>west\"] = { delay = ms(40) } } },\n"
    "  story    = function(w)\n"
    "    local east, west = w:cluster \"east\", w:cluster \"west\"\n"
    "    local k = west:client { name = \"k\", server = \"a/n1\" }\n"
    "    k:register { service = \"shop\" }\n"
    "    east:isolate \"n2\"\n"
    "    west:blackhole \"b/n1\"\n"
    "    west:partition({ \"a\" }, { \"b/n1\" })\n"
    "    west:intercept { op = \"VERIFY\", action = \"drop\", nth = \"all\" }\n"
    "    west:heal()\n"
    "    east:join()\n"
    "    w:join \"west/b/n2\"\n"
    "    w:cut(\"east\", \"west\")\n"
    "    wait(s(5))\n"
    "    expect(west:none_knows(k))\n"
    "  end,\n"
    "}\n";

static void verbs_of_a_cluster_stay_its_own(void)
{
    static const char *const texts[] = {
        ("[\"east\"] = { nodes = 3, profile = \"nacos-2.3\", settings = { "
         "[\"nacos.common.processors\"] = 2 } }"),
        "[\"west\"] = { sites = { [\"a\"] = 2, [\"b\"] = 1 } }",
        "wan = { rtt = ms(80) }",
        "[\"west/a>east\"] = { rtt = ms(30) }",
        "[\"west/a>west/b\"] = { rtt = ms(2) }",
        "profiles = { [\"east/n3\"] = \"nacos-3.0\" }",
        "[\"east/n2\"] = { [\"nacos.common.processors\"] = 3 }",
        "addresses = { [\"east/n3\"] = \"10.9.0.3:8848\" }",
        "server = \"west/a/n1\"",
        "w:cluster(\"east\"):isolate \"n2\"",
        "w:cluster(\"west\"):blackhole \"b/n1\"",
        "w:cluster(\"west\"):partition({ \"a\" }, { \"b/n1\" })",
        "w:cluster(\"west\"):intercept { op = \"VERIFY\"",
        "w:heal({ \"west/a\", \"west/b\" }, { \"west/a\", \"west/b\" })",
        "w:join \"east/n4\"",
        "w:join \"west/b/n2\"",
        "w:cut(\"east\", { \"west/a\", \"west/b\" })",
        "local west = w:cluster(\"west\")",
    };
    check_first_story(clusters, 1, texts, G_N_ELEMENTS(texts));
}

/* Bridges, their workers' processes, and what is done to both. */
static const char *const bridges =
    "return scenario {\n"
    "  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 2 } }, wan = { rtt = "
    "ms(30) },\n"
    "               bridges = { { from = \"east\", to = \"west\", kind = \"nacos-sync\", workers = "
    "2,\n"
    "                             services = { \"shop\", \"bank\" }, group = \"g\", placement = "
    "\"source\",\n"
    "                             level = \"central\", udp = false, db_latency = ms(2), stall = "
    "s(1),\n"
    "                             cores = 4, key_trap = false, native_deletion = true },\n"
    "                           { from = \"west\", to = \"east\", kind = \"nacos-sync\" } } },\n"
    "  story    = function(w)\n"
    "    local k = w:client { name = \"k\", server = \"east\" }\n"
    "    k:register { service = \"shop\" }\n"
    "    w:pause(\"east>west/1\", s(1))\n"
    "    w:crash \"east>west/2\"\n"
    "    w:restart { \"east>west/2\" }\n"
    "    w:cut(\"east>west/2\", \"west\")\n"
    "    w:bridge_database(\"east>west\", \"down\")\n"
    "    w:bridge_task(\"east>west\", \"g@@bank\", \"delete\", { worker = 2 })\n"
    "    w:bridge_task(\"west>east\", \"ALL\", \"stop\")\n"
    "    wait(s(2))\n"
    "    expect(w:none_knows(k))\n"
    "  end,\n"
    "}\n";

static void bridges_and_their_workers_are_told_again(void)
{
    static const char *const texts[] = {
        ("bridges = { { from = \"east\", to = \"west\", services = { \"shop\", \"bank\" }, group = "
         "\"g\", "
         "placement = \"east\", level = \"central\", workers = 2, cores = 4, db_latency = ms(2), "
         "stall = s(1), udp = false, key_trap = false, native_deletion = true }, "
         "{ from = \"west\", to = \"east\" } }"),
        "w:pause(\"east>west/1\", s(1))",
        "w:crash \"east>west/2\"",
        "w:restart \"east>west/2\"",
        "w:cut(\"east>west/2\", \"west\")",
        "w:bridge_database(\"east>west\", \"down\")",
        "w:bridge_task(\"east>west\", \"g@@bank\", \"delete\", { worker = 2 })",
        "w:bridge_task(\"west>east\", \"ALL\", \"stop\")",
    };
    check_first_story(bridges, 1, texts, G_N_ELEMENTS(texts));
}

/* Configuration, and a process that finds what another left on its disk. */
static const char *const databases =
    "return scenario {\n"
    "  topology = { clusters = { east = { nodes = 2 }, west = { sites = { a = 1, b = 1 } } },\n"
    "               wan = { rtt = ms(30) } },\n"
    "  story    = function(w)\n"
    "    w:config_copy { from = \"east\", to = \"west\", lag = { s(0.2), s(5) } }\n"
    "    w:config_copy { from = \"west\", to = \"east\", lag = s(1) }\n"
    "    w:publish_config { id = \"app\", value = \"a \\\"b\\\"\", server = \"west\" }\n"
    "    w:cluster(\"east\"):publish_config { id = \"app\", value = \"2\", server = \"n2\" }\n"
    "    w:client({ name = \"shop\", server = \"east\" }):register { service = \"shop\" }\n"
    "    for i = 1, 4 do w:client { name = \"c\" .. i, server = \"east/n1\", subscribe = { "
    "\"shop\" } } end\n"
    "    wait(s(5))\n"
    "    w:crash { \"east/n1\", \"east/n2\" }\n"
    "    local late = w:client { name = \"late\", server = \"east\", subscribe = { \"shop\" }, "
    "load_cache_at_start = \"c2\" }\n"
    "    wait(s(2))\n"
    "    expect(#late:sees \"shop\" == 0)\n"
    "  end,\n"
    "}\n";

static void databases_and_caches_on_disk_are_told_again(void)
{
    static const char *const texts[] = {
        "w:config_copy { from = \"east\", to = \"west\", lag = { ms(200), s(5) } }",
        "w:config_copy { from = \"west\", to = \"east\", lag = s(1) }",
        "w:publish_config { server = \"west/a/n1\", id = \"app\", value = \"a \\\"b\\\"\" }",
        "w:publish_config { server = \"east/n2\", id = \"app\", value = \"2\" }",
        "w:client { name = \"c2\", server = \"east/n1\", ip = \"10.128.0.3\" }:subscribe",
        "load_cache_at_start = \"c2\"",
    };
    check_first_story(databases, 2, texts, G_N_ELEMENTS(texts));
}

/* Three of four clients are alike; the fourth has a name, for it is cut off. */
static const char *const crowd =
    "return scenario {\n"
    "  topology = { nodes = 1 },\n"
    "  story    = function(w)\n"
    "    local n = w:nodes()\n"
    "    for i = 1, 4 do w:client({ name = \"c\" .. i }):register { service = \"shop\" } end\n"
    "    w:cut(\"c4\", n)\n"
    "    wait(s(60))\n"
    "    expect(n:count() ~= 3 or n:counters().clients_ejected ~= 1)\n"
    "  end,\n"
    "}\n";

static void who_is_named_again_stands_outside_the_crowd(void)
{
    g_autoptr(SimShrinkResult) result = shrink(crowd, 1);
    check_int(result->outcome, ==, SIM_SHRINK_DONE);
    check_true(result->text && strstr(result->text, "for i = 1, 3 do w:client { name = \"crowd"));
    check_true(result->text && strstr(result->text, "w:cut(\"c4\", \"n1\")"));
    check_true(result->text && !strstr(result->text, "ip = ")); /* it can be told plainly, too */
}

int main(void)
{
    static const Test tests[] = {
        { "a record changes nothing that happens", a_record_changes_nothing_that_happens },
        { "deeds come with what was drawn", deeds_come_with_what_was_drawn },
        { "quantities are written in units that fit", quantities_are_written_in_units_that_fit },
        { "a zombie is left with its client and the crash",
          a_zombie_is_left_with_its_client_and_the_crash },
        { "what is left fails the same way by itself", what_is_left_fails_the_same_way_by_itself },
        { "the same run shrinks to the same text", the_same_run_shrinks_to_the_same_text },
        { "a claim keeps its words and the time before it",
          a_claim_keeps_its_words_and_the_time_before_it },
        { "a claim about computed values is refused", a_claim_about_computed_values_is_refused },
        { "a run that holds has nothing to shrink", a_run_that_holds_has_nothing_to_shrink },
        { "who stops it keeps the smallest so far", who_stops_it_keeps_the_smallest_so_far },
        { "every verb is told again", every_verb_is_told_again },
        { "verbs of a cluster stay its own", verbs_of_a_cluster_stay_its_own },
        { "bridges and their workers are told again", bridges_and_their_workers_are_told_again },
        { "databases and caches on disk are told again",
          databases_and_caches_on_disk_are_told_again },
        { "who is named again stands outside the crowd",
          who_is_named_again_stands_outside_the_crowd },
        { NULL, NULL },
    };
    return run_tests("shrink", tests);
}
