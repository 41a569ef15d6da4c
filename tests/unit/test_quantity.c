/* tests/unit/test_quantity.c -- quantities as text, and their arithmetic in Lua. */
#include <lauxlib.h>
#include <lualib.h>
#include <math.h>

#include "sim/script/quantity.h"
#include "tests/support/check.h"

typedef struct Reading {
    const char *text;
    SimQuantityKind kind;
    double value;
    const char *canonical;
} Reading;

static void text_is_read_and_printed_in_its_shortest_unit(void)
{
    static const Reading readings[] = {
        { "20s", SIM_QUANTITY_DURATION, 20e6, "20s" },
        { "20.5s", SIM_QUANTITY_DURATION, 20.5e6, "20.5s" },
        { "-31s", SIM_QUANTITY_DURATION, -31e6, "-31s" },
        { "300ms", SIM_QUANTITY_DURATION, 300e3, "300ms" },
        { "0.3s", SIM_QUANTITY_DURATION, 300e3, "300ms" },
        { "1118539us", SIM_QUANTITY_DURATION, 1118539, "1.118539s" },
        { "1500us", SIM_QUANTITY_DURATION, 1500, "1.5ms" },
        { "999999us", SIM_QUANTITY_DURATION, 999999, "999.999ms" },
        { "-1.001s", SIM_QUANTITY_DURATION, -1001000, "-1.001s" },
        { "3661.001s", SIM_QUANTITY_DURATION, 3661001000, "3661.001s" },
        { "250us", SIM_QUANTITY_DURATION, 250, "250us" },
        { "5min", SIM_QUANTITY_DURATION, 300e6, "300s" },
        { "0s", SIM_QUANTITY_DURATION, 0, "0s" },
        { "5%", SIM_QUANTITY_PROPORTION, 0.05, "5%" },
        { "1/1000", SIM_QUANTITY_PROPORTION, 0.001, "0.1%" },
        { "50ppm", SIM_QUANTITY_PROPORTION, 50e-6, "50ppm" },
        { "64kib", SIM_QUANTITY_SIZE, 65536, "64kib" },
        { "120b", SIM_QUANTITY_SIZE, 120, "120b" },
        { "0kib", SIM_QUANTITY_SIZE, 0, "0b" },
        { "200mbit", SIM_QUANTITY_BANDWIDTH, 200e6, "200mbit" },
        { "20/s", SIM_QUANTITY_RATE, 20, "20/s" },
        { "1/min", SIM_QUANTITY_RATE, 1.0 / 60, "1/min" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(readings); i++) {
        SimQuantity quantity = { 0 }, again = { 0 };
        char text[SIM_QUANTITY_TEXT_SIZE];
        check_true(sim_quantity_parse(readings[i].text, &quantity));
        check_int(quantity.kind, ==, readings[i].kind);
        check_true(fabs(quantity.value - readings[i].value) <= 1e-12 * fabs(readings[i].value));
        sim_quantity_text(quantity, text);
        check_str(text, ==, readings[i].canonical);
        check_true(sim_quantity_parse(text, &again) && again.value == quantity.value);
    }
}

static void what_has_no_unit_or_no_number_is_refused(void)
{
    static const char *const texts[] = { "",    "20",   "s",     "20 s", "20x",  "inf s", "0x10s",
                                         "1/0", "1//2", "1/2/3", "--1s", "nan%", "1e999s" };
    SimQuantity quantity;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        check_true(!sim_quantity_parse(texts[i], &quantity));
    }
}

static lua_State *new_state(void)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_pushglobaltable(L);
    sim_quantity_open(L);
    lua_pop(L, 1);
    return L;
}

static void one_kind_adds_and_compares_and_divides_to_a_number(void)
{
    static const char *const claims[] = {
        "s(1) + ms(500) == s(1.5)",
        "s(3) - s(1) == s(2)",
        "2 * s(3) == s(6)",
        "s(3) * 2 == s(6)",
        "s(6) / 4 == s(1.5)",
        "s(6) / s(3) == 2.0",
        "s(1) < minutes(1)",
        "s(60) <= minutes(1)",
        "hours(1) == minutes(60)",
        "-s(31) == s(-31)",
        "ratio(1, 20) == percent(5)",
        "tostring(s(20)) == '20s'",
        "'after ' .. ms(5) == 'after 5ms'",
        "s(1) ~= percent(5)",
        "kib(1) == bytes(1024)",
        "s(5) % s(2) == s(1)",
        "math.type(s(4) / s(2)) == 'float'",
        "s(17) // s(5) == 3",
        "percent(3) - percent(1) == percent(2) and not (percent(3) - percent(1) < percent(2))",
        "s(1) + us(1) > s(1) and s(1) + us(1) ~= s(1)",
        "s(1.001) == ms(1001) and s(1.118539) == us(1118539)", /* 1.001 * 1e6 is no integer */
        "s(1) / 3 * 3 == s(1) and s(1) / 3 ~= us(333333)",
        "tostring(s(1.118539)) == '1.118539s'",
    };
    lua_State *L = new_state();
    for (size_t i = 0; i < G_N_ELEMENTS(claims); i++) {
        lua_pushfstring(L, "assert(%s)", claims[i]);
        int status = luaL_dostring(L, lua_tostring(L, -1));
        if (status != LUA_OK) {
            printf("\n    %s: %s", claims[i], lua_tostring(L, -1));
        }
        check_int(status, ==, LUA_OK);
        lua_settop(L, 0);
    }
    lua_close(L);
}

static void mixed_kinds_and_bare_numbers_are_errors_that_name_both(void)
{
    static const char *const mistakes[][2] = {
        { "return s(1) + percent(5)", "cannot add a duration 1s and a proportion 5%" },
        { "return s(1) + 1", "cannot add a duration 1s and a number 1" },
        { "return s(1) < 1", "cannot compare a duration 1s and a number 1" },
        { "return s(1) * s(1)", "cannot multiply" },
        { "return 1 / s(1)", "cannot divide" },
        { "return s('x')", "s expects a number, got a string \"x\"" },
        { "return s()", "s expects a number, got nothing" },
        { "return ratio(1, 0)", "divided by 0" },
        { "return s(1/0)", "finite" },
        { "return s(1) / 0", "finite" },
    };
    lua_State *L = new_state();
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        check_int(luaL_dostring(L, mistakes[i][0]), !=, LUA_OK);
        bool said = strstr(lua_tostring(L, -1), mistakes[i][1]) != NULL;
        if (!said) {
            printf("\n    %s: %s", mistakes[i][0], lua_tostring(L, -1));
        }
        check_true(said);
        lua_settop(L, 0);
    }
    lua_close(L);
}

int main(void)
{
    static const Test tests[] = {
        { "text is read and printed in its shortest unit",
          text_is_read_and_printed_in_its_shortest_unit },
        { "what has no unit or no number is refused", what_has_no_unit_or_no_number_is_refused },
        { "one kind adds and compares and divides to a number",
          one_kind_adds_and_compares_and_divides_to_a_number },
        { "mixed kinds and bare numbers are errors that name both",
          mixed_kinds_and_bare_numbers_are_errors_that_name_both },
        { NULL, NULL },
    };
    return run_tests("quantity", tests);
}
