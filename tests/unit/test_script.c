/* tests/unit/test_script.c -- small scenarios, what they lead to, and what is said about the
 * wrong ones. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "sim/run/run.h"
#include "sim/script/script.h"
#include "tests/support/check.h"

#define TOPOLOGY "topology = { nodes = 3 }, "

/* Runs a scenario made of @fields; the file stands in a folder of its own. */
static SimResult *run_text(const char *text, uint64_t seed, const SimSetting *settings,
                           size_t count)
{
    g_autofree char *folder = g_dir_make_tmp("script-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "story.lua", NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    GError *error = NULL;
    SimScenario *scenario = sim_scenario_load(path, &error);
    SimResult *result = NULL;
    if (scenario != NULL) {
        SimRunOptions options = {
            .seed = seed, .until_us = INT64_MAX, .settings = settings, .n_settings = count
        };
        result = sim_run(scenario, &options, NULL);
        sim_scenario_free(scenario);
    } else {
        printf("\n    %s", error->message);
    }
    g_clear_error(&error);
    g_unlink(path);
    g_rmdir(folder);
    return result;
}

static SimResult *run_fields(const char *fields)
{
    g_autofree char *text = g_strdup_printf("return scenario { %s }", fields);
    return run_text(text, 1, NULL, 0);
}

typedef struct Case {
    const char *fields;
    SimVerdict verdict;
    const char *said; /* part of the reason */
} Case;

static void check_cases(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autoptr(SimResult) result = run_fields(cases[i].fields);
        bool good = result != NULL && result->verdict == cases[i].verdict &&
                    strstr(result->reason, cases[i].said) != NULL;
        if (!good) {
            printf("\n    %s\n      gave %s: %s", cases[i].fields,
                   result != NULL ? sim_verdict_name(result->verdict) : "nothing",
                   result != NULL ? result->reason : "");
        }
        check_true(good);
    }
}

static void claims_end_in_the_verdict_that_the_contract_names(void)
{
    static const Case cases[] = {
        { TOPOLOGY "story = function(w) wait(s(1)) end", SIM_VERDICT_HELD, "" },
        { TOPOLOGY "story = function() expect(false, 'never so') end", SIM_VERDICT_UNSAFE,
          "never so" },
        { TOPOLOGY "story = function() pcall(expect, false, 'uncaught') end", SIM_VERDICT_UNSAFE,
          "uncaught" },
        { TOPOLOGY "story = function() eventually(s(2), function() return false end, 'dark') end",
          SIM_VERDICT_DIVERGED, "dark" },
        { TOPOLOGY "story = function() within(s(1), s(2), function() return now() > s(3) end) end",
          SIM_VERDICT_DIVERGED, "within 2.000 s" },
        { TOPOLOGY "story = function() within(s(1), s(2), function() return true end) end",
          SIM_VERDICT_UNSAFE, "earliest" },
        { TOPOLOGY "story = function() local d = within(s(1), s(2), function() return now() >= "
                   "ms(1500) end) expect(d == ms(1500)) end",
          SIM_VERDICT_HELD, "" },
        { TOPOLOGY "must_see = { 'link.cut' }, story = function() end", SIM_VERDICT_VACUOUS,
          "link.cut" },
        { TOPOLOGY "story = function(w) always(function() return #w:live_nodes() == 3 end, 'all "
                   "up') w:crash 'n2' wait(s(1)) end",
          SIM_VERDICT_UNSAFE, "all up" },
        { TOPOLOGY "story = function(w) spawn(function() wait(s(1)) expect(false, 'inside') end) "
                   "wait(s(5)) end",
          SIM_VERDICT_UNSAFE, "inside" },
        { TOPOLOGY "budget = { height = 2 }, story = function() measure('height', 3) end",
          SIM_VERDICT_UNSAFE, "height is 3, its budget 2" },
        { TOPOLOGY "budget = { messages = 1e9 }, story = function() end", SIM_VERDICT_HELD, "" },
        { TOPOLOGY "settle = { quiet = s(5), within = s(60) }, story = function() end",
          SIM_VERDICT_HELD, "" },
    };
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void what_is_wrong_is_named_with_its_place(void)
{
    static const Case cases[] = {
        { TOPOLOGY "story = function() wait(20) end", SIM_VERDICT_ERROR,
          "story.lua:1: wait expects a duration such as s(20), got a number 20" },
        { TOPOLOGY "story = function(w) w:partitoin() end", SIM_VERDICT_ERROR,
          "did you mean 'partition'?" },
        { TOPOLOGY "story = function() wiat(s(1)) end", SIM_VERDICT_ERROR, "did you mean 'wait'?" },
        { "topology = { nodes = 3, raft = false }, story = function(w) w:wipe 'n1' end",
          SIM_VERDICT_ERROR, "wipe: the topology says raft = false; leave that out, or say true" },
        { "topology = { nods = 3 }, story = function() end", SIM_VERDICT_ERROR,
          "no field 'nods' in topology; did you mean 'nodes'?" },
        { "topology = { nodes = 0 }, story = function() end", SIM_VERDICT_ERROR, "nodes" },
        { "topology = { nodes = 2, lan = { rtt = 5 } }, story = function() end", SIM_VERDICT_ERROR,
          "'rtt' expects a duration such as s(20), got a number 5" },
        { "topology = { nodes = 2, lan = { loss = percent(101) } }, story = function() end",
          SIM_VERDICT_ERROR, "at most 100%" },
        { "topology = { clusters = {} }, story = function() end", SIM_VERDICT_ERROR,
          "there is no cluster in 'clusters'" },
        { "topology = { clusters = { a = { nodes = 1 }, b = { nodes = 1 } } }, story = function() "
          "end",
          SIM_VERDICT_ERROR, "several sites need wan" },
        { "topology = { nodes = 1, clusters = { a = { nodes = 1 } } }, story = function() end",
          SIM_VERDICT_ERROR, "with 'clusters', each has its own 'nodes'" },
        { "topology = { clusters = { a = { wan = {} } } }, story = function() end",
          SIM_VERDICT_ERROR, "'nodes' or 'sites' is missing" },
        { "topology = { clusters = { a = { nodes = 1, clients = 'nacos-client-1' } } }, story = "
          "function() end",
          SIM_VERDICT_ERROR, "no field 'clients' in clusters" },
        { "topology = { nodes = 1 }, story = function(w) w:cluster 'a' end", SIM_VERDICT_ERROR,
          "this topology has one, without a name" },
        { "topology = { clusters = { east = { nodes = 1 } } }, story = function(w) w:cluster "
          "'eats' "
          "end",
          SIM_VERDICT_ERROR, "did you mean 'east'" },
        { "topology = { nodes = 2, addresses = { n1 = '10.0.0.2:8848' } }, story = function() end",
          SIM_VERDICT_ERROR, "both stand at" },
        { TOPOLOGY "story = function() at(s(5), function() end) end", SIM_VERDICT_ERROR,
          "ended before this time came" },
        { TOPOLOGY "story = function() eventually(s(5), function() wait(s(1)) end) end",
          SIM_VERDICT_ERROR, "cannot wait" },
        { TOPOLOGY "story = function(w) always(function() w:heal() end) end", SIM_VERDICT_ERROR,
          "only looks" },
        { TOPOLOGY "story = function(w) local k = w:client {} k:kill() k:register { service = 'x' "
                   "} end",
          SIM_VERDICT_ERROR, "closed or killed" },
        { TOPOLOGY "budget = { ['convergence.p98'] = s(1) }, story = function() end",
          SIM_VERDICT_ERROR, "no figure 'convergence.p98'" },
        { TOPOLOGY "story = function() for k in pairs { [{}] = 1, [{}] = 2 } do end end",
          SIM_VERDICT_ERROR, "no order" },
    };
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void a_runaway_ends_with_an_error_that_pcall_does_not_catch(void)
{
    /* A hundred million instructions take minutes where each is emulated; Valgrind sees the same
     * code in the other tests, and tests/badinput runs every runaway at full speed. */
    if (g_getenv("DISTROSIM_SLOW_HOST") != NULL) {
        return;
    }
    static const Case cases[] = {
        { TOPOLOGY "story = function() while true do end end", SIM_VERDICT_ERROR, "runaway" },
        { TOPOLOGY "story = function() while true do pcall(function() while true do end end) end "
                   "end",
          SIM_VERDICT_ERROR, "runaway" },
        { TOPOLOGY "story = function() while true do wait(s(0)) end end", SIM_VERDICT_ERROR,
          "letting time pass" },
        { TOPOLOGY "story = function() local function f() return 1 + f() end f() end",
          SIM_VERDICT_ERROR, "stack overflow" },
        { TOPOLOGY "story = function() local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. "
                   "#t end end",
          SIM_VERDICT_ERROR, "story.lua:1: out of memory" },
        { TOPOLOGY "story = function() pcall(string.rep, 'x', 1e10) end", SIM_VERDICT_ERROR,
          "out of memory" },
        { TOPOLOGY "story = function() ('a'):rep(1000):find('.-.-.-.-.-b') end", SIM_VERDICT_ERROR,
          "for ever" },
        { TOPOLOGY "story = function() always(function() while true do end end) end",
          SIM_VERDICT_ERROR, "runaway" },
        { TOPOLOGY "story = function(w) while true do w:client {} end end", SIM_VERDICT_ERROR,
          "runaway" },
    };
    check_cases(cases, G_N_ELEMENTS(cases));
}

static void the_sandbox_is_sorted_and_shows_no_address(void)
{
    static const char fields[] = TOPOLOGY
        "story = function(w)\n"
        "  local seen = {}\n"
        "  for k in pairs { b = 1, a = 2, [10] = 3, [2] = 4, [2.5] = 5, [true] = 6 } do\n"
        "    seen[#seen + 1] = tostring(k)\n"
        "  end\n"
        "  expect(table.concat(seen, ' ') == '2 2.5 10 a b true', table.concat(seen, ' '))\n"
        "  expect(next { z = 1, y = 2 } == 'y' and next {} == nil)\n"
        "  expect(next({ z = 1, y = 2 }, 'y') == 'z')\n"
        "  expect(tostring({}) == 'table' and tostring(print) == 'function')\n"
        "  expect(('%s %s'):format({}, w:node 'n1') == 'table n1')\n"
        "  expect(math.max(s(1), s(3), s(2)) == s(3) and math.min(4, 2) == 2)\n"
        "  expect(select('#', pcall(error, 'x')) == 2)\n"
        "  local ok, why = pcall(function() wait(s(1)) error { code = 7 } end)\n"
        "  expect(not ok and why.code == 7 and now() == s(1))\n"
        "  local n1 = w:node 'n1'\n"
        "  expect(n1 == w:nodes() and n1.name == 'n1' and n1.address == '10.0.0.1:8848')\n"
        "  for _, name in ipairs { 'random', 'randomseed' } do expect(math[name] == nil) end\n"
        "end";
    g_autoptr(SimResult) result = run_fields(fields);
    check_int(result->verdict, ==, SIM_VERDICT_HELD);
    check_str(result->reason, ==, "");
}

static void every_verb_of_a_story_can_be_called(void)
{
    static const char shape[] =
        "params = { cut = s(20) },\n"
        "topology = { sites = { east = 2, west = 2 }, wan = { rtt = ms(30), jitter = percent(5),\n"
        "  loss = ratio(1, 1000), bandwidth = mbit(100), queue = mib(1) },\n"
        "  links = { ['east>west'] = { delay = ms(20) } }, profiles = { ['west/n1'] = 'nacos-2.3' "
        "},\n"
        "  settings = { ['nacos.core.protocol.distro.data.verify.intervalMs'] = s(4),\n"
        "               ['east/n1'] = { ['nacos.common.processors'] = 2 } },\n"
        "  clocks = { ['east/n2'] = { offset = s(-31), drift = ppm(50) } }, framing = bytes(40) "
        "},\n"
        "always = { checks.no_lost_instances { grace = minutes(5) }, checks.view_matches_store "
        "},\n";
    static const char story[] =
        "story = function(w, p)\n"
        "  local a, b, c, d = w:nodes()\n"
        "  expect(#w:site 'west' == 2 and d.site == 'west' and w:node('east/n2') == b)\n"
        "  local k = w:client { name = 'shop-1', server = a, subscribe = { 'shop' } }\n"
        "  expect(k:register { service = 'shop', weight = 2, metadata = { zone = 'x', n = 3 } })\n"
        "  eventually(s(10), function() return w:all_know(k) and w:converged() end)\n"
        "  local list = d:instances 'shop'\n"
        "  expect(#list == 1 and list[1].ip == k.ip and list[1].client == 'shop-1')\n"
        "  expect(list[1].weight == 2 and list[1].metadata.zone == 'x' and list[1].metadata.n == "
        "'3')\n"
        "  expect(#w:truth('shop') == 1 and d:count() == 1 and d:digest() == a:digest())\n"
        "  expect(d:knows { service = 'shop', ip = k.ip } and d:knows { k, 'shop-1' })\n"
        "  expect(k:update { weight = 3 })\n"
        "  eventually(s(10), function() local i = d:instances('shop')[1]\n"
        "    return i and i.weight == 3 and i.enabled and i.metadata.zone == 'x' end)\n"
        "  eventually(s(10), function() return #k:sees 'shop' == 1 end)\n"
        "  local h = k:post 'register' { service = 'more' }\n"
        "  expect(h:done() == nil)\n"
        "  eventually(s(5), function() return h:done() end)\n"
        "  expect(d:services()[1] == 'more' or w:settle { quiet = s(1), within = s(60) } == nil)\n"
        "  local watcher = watch(function() return not w:agree() end)\n"
        "  w:partition({ a, b }, 'west')\n"
        "  local m = w:client { server = 'west' }\n"
        "  expect(m:register_batch { service = 'shop', instances = { { ip = '1.2.3.4', port = 1 "
        "},\n"
        "    { ip = '1.2.3.5', port = 2 } } })\n"
        "  wait(p.cut)\n"
        "  w:heal()\n"
        "  eventually(s(60), function() return w:all_know { k, m } end)\n"
        "  w:isolate(a) w:heal(a, { b, c, d }) w:cut(a, b, { oneway = true }) w:cut(a, b, { calls "
        "= true })\n"
        "  w:bridge(a, { b }, { c, d }) w:ring { a, b, c, d } w:blackhole(d) w:heal()\n"
        "  w:link(a, c, { loss = percent(10), rtt = ms(300) }) w:flap(a, b, { down = s(1), up = "
        "s(1), times = 2 })\n"
        "  w:clog(b, c, s(2))\n"
        "  local x = w:intercept { from = a, op = 'VERIFY', nth = 'all', action = 'observe' }\n"
        "  w:pause(b, s(1)) w:slow(c, 2, s(5)) w:clock(d, { step = s(5) })\n"
        "  wait(s(20))\n"
        "  expect(x:seen() > 0 and #x:times() == x:seen()) x:stop()\n"
        "  expect(w:traffic { from = a, to = c, op = 'VERIFY' }.bytes > bytes(0))\n"
        "  local e = w:join('west/n3') expect(e.address == '10.0.1.3:8848')\n"
        "  w:upgrade(e, 'nacos-2.3') w:set_members(e, { a, e }) w:leave(e)\n"
        "  w:stop(d) expect(not d:alive() and next(d:state()) == nil) w:restart(d) w:crash(c) "
        "w:restart 'west/n1'\n"
        "  local f = w:fleet { name = 'crowd', clients = 20, services = 3, over = s(1), sites = { "
        "east = 1 } }\n"
        "  f:churn { register = per_second(2), update = per_second(1), for_ = s(5) }\n"
        "  w:chaos { for_ = s(60), crash = per_minute(2), partition = per_minute(2), pause = "
        "per_minute(2),\n"
        "    clock = per_minute(1), link = per_minute(2), keep = 2 }\n"
        "  local ticks = 0\n"
        "  local t = every(s(1), function() ticks = ticks + 1 wait(ms(10)) end)\n"
        "  at(now() + s(2), function() log('at', now()) end) after(s(3), function() t:stop() end)\n"
        "  wait_until(now() + s(120))\n"
        "  expect(ticks == 3 or ticks == 2, 'ticks ' .. ticks)\n"
        "  f:close(3) f:kill(2)\n"
        "  expect(k:deregister { service = 'shop' } ~= nil)\n"
        "  k:pause(s(1)) k:connect(b) k:subscribe 'more'\n"
        "  eventually(s(300), function() return a:knows(m) end, 'a knows m')\n"
        "  expect(a:counters(b).sync_sent >= 0 and a:counters().applied >= 0 and a:owns 'x:1' ~= "
        "nil)\n"
        "  expect(k:counters().requests > 0 and a:state().members['east/n2'] ~= nil)\n"
        "  k:close() m:kill()\n"
        "  measure('first', watcher:first() / s(1)) measure('stretches', #watcher:spans())\n"
        "  wait(s(240))\n"
        "  eventually(minutes(5), function() return w:none_knows(m) end)\n"
        "end";
    g_autofree char *fields = g_strconcat(shape, story, NULL);
    g_autoptr(SimResult) once = run_fields(fields);
    g_autoptr(SimResult) again = run_fields(fields);
    if (once->verdict == SIM_VERDICT_ERROR) {
        printf("\n    %s", once->reason);
    }
    check_int(once->verdict, !=, SIM_VERDICT_ERROR);
    check_str(once->reason, ==, "");
    check_uint(once->fingerprint, ==, again->fingerprint);
}

static void a_fault_ends_on_the_timeline_when_the_last_of_its_links_is_healed(void)
{
    static const struct {
        const char *label;
        int from_s, to_s;
    } expected[] = {
        { "isolate east/n1", 0, 1 },             /* by its cluster */
        { "isolate west/n2", 0, 2 },             /* by the other's */
        { "link east/n1 - east/n2", 2, 3 },      /* as a pair */
        { "isolate east/n2", 3, 5 },             /* in two parts */
        { "blackhole west/n1", 5, 6 },           /* with its cluster's clients */
        { "cut east/n1 | west", 5, 9 },          /* two clusters: by the last heal, of all */
        { "partition east/n1 | east/n2", 6, 8 }, /* node by node */
    };
    g_autoptr(SimResult) result = run_fields(
        "topology = { clusters = { east = { nodes = 2 }, west = { nodes = 2 } }, wan = { rtt = "
        "ms(20) } },\n"
        "story = function(w)\n"
        "  local east, west = w:cluster 'east', w:cluster 'west'\n"
        "  w:client { server = 'east' }\n"
        "  w:client { server = 'west' }\n"
        "  east:isolate 'n1' west:isolate 'n2' wait(s(1))\n"
        "  east:heal() wait(s(1))\n"
        "  west:heal() east:link('n1', 'n2', { loss = percent(5) }) wait(s(1))\n"
        "  east:heal('n1', 'n2') w:isolate 'east/n2' wait(s(1))\n"
        "  east:heal() wait(s(1))\n"
        "  w:heal('east', 'west') west:blackhole 'n1' w:cut('east/n1', 'west') wait(s(1))\n"
        "  west:heal() east:partition({ 'n1' }, { 'n2' }) wait(s(2))\n"
        "  w:heal('east/n2', 'east/n1') wait(s(1))\n"
        "  w:heal()\n"
        "end");
    check_uint(result->faults->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < MIN(result->faults->len, G_N_ELEMENTS(expected)); i++) {
        const SimFault *fault = &g_array_index(result->faults, SimFault, i);
        check_str(fault->label, ==, expected[i].label);
        check_int(fault->from_us, ==, expected[i].from_s * G_USEC_PER_SEC);
        check_int(fault->to_us, ==, expected[i].to_s * G_USEC_PER_SEC);
    }
}

static void params_are_overridden_by_values_of_their_kind(void)
{
    static const char text[] =
        "return scenario { params = { n = 3, d = s(5), on = true, t = 'x' },\n"
        "topology = function(p) return { nodes = p.n } end,\n"
        "story = function(w, p) measure('n', p.n) measure('d', p.d)\n"
        "  expect(p.on == false and p.t == '7') end }";
    static const SimSetting good[] = {
        { "n", "2" }, { "d", "20.5s" }, { "on", "false" }, { "t", "7" }
    };
    static const SimSetting bad[] = { { "d", "20" }, { "n", "many" }, { "on", "1" }, { "m", "2" } };
    g_autoptr(SimResult) result = run_text(text, 1, good, G_N_ELEMENTS(good));
    check_int(result->verdict, ==, SIM_VERDICT_HELD);
    check_int(g_array_index(result->measures, SimMeasure, 0).value, ==, 2);
    check_int(g_array_index(result->measures, SimMeasure, 1).value, ==, 20500000);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(SimResult) wrong = run_text(text, 1, &bad[i], 1);
        check_int(wrong->verdict, ==, SIM_VERDICT_ERROR);
    }
}

/* Adds the names that the annotations declare. */
static void read_annotations(GHashTable *names, const char *text)
{
    static const char *const classes[] = { "World",  "Node",  "Client", "Fleet", "Interception",
                                           "Posted", "Watch", "Every",  NULL };
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *class = g_strdup("");
    for (char **line = lines; *line != NULL; line++) {
        if (g_str_has_prefix(*line, "---@class ")) {
            g_free(class);
            class = g_strndup(*line + 10, strcspn(*line + 10, ": "));
        } else if (g_str_has_prefix(*line, "function ")) {
            g_hash_table_add(names, g_strndup(*line + 9, strcspn(*line + 9, "(")));
        } else if (g_str_has_prefix(*line, "---@field ") && g_strv_contains(classes, class)) {
            g_autofree char *field = g_strndup(*line + 10, strcspn(*line + 10, "? "));
            g_hash_table_add(names, g_strdup_printf("%s.%s", class, field));
        }
    }
}

static void the_annotations_name_every_verb_and_no_other(void)
{
    g_autofree char *path = g_build_filename(DISTROSIM_SCENARIO_DIR, "meta", "distrosim.lua", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    read_annotations(names, text);
    g_autoptr(GPtrArray) verbs = sim_script_verbs();
    for (guint i = 0; i < verbs->len; i++) {
        bool named = g_hash_table_remove(names, verbs->pdata[i]);
        if (!named) {
            printf("\n    not annotated: %s", (char *)verbs->pdata[i]);
        }
        check_true(named);
    }
    GHashTableIter iter;
    void *left;
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &left, NULL)) {
        printf("\n    annotated, but no verb: %s", (char *)left);
    }
    check_uint(g_hash_table_size(names), ==, 0);
}

int main(void)
{
    static const Test tests[] = {
        { "claims end in the verdict that the contract names",
          claims_end_in_the_verdict_that_the_contract_names },
        { "what is wrong is named with its place", what_is_wrong_is_named_with_its_place },
        { "a runaway ends with an error that pcall does not catch",
          a_runaway_ends_with_an_error_that_pcall_does_not_catch },
        { "the sandbox is sorted and shows no address",
          the_sandbox_is_sorted_and_shows_no_address },
        { "every verb of a story can be called", every_verb_of_a_story_can_be_called },
        { "a fault ends on the timeline when the last of its links is healed",
          a_fault_ends_on_the_timeline_when_the_last_of_its_links_is_healed },
        { "params are overridden by values of their kind",
          params_are_overridden_by_values_of_their_kind },
        { "the annotations name every verb and no other",
          the_annotations_name_every_verb_and_no_other },
        { NULL, NULL },
    };
    return run_tests("script", tests);
}
