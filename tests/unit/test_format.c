/* tests/unit/test_format.c -- figures as a person reads them. */
#include "tools/distrosim/cli/format.h"

#include <glib.h>

#include "tests/support/check.h"

static void check_duration(int64_t duration_us, const char *expected)
{
    g_autofree char *text = format_duration(duration_us);
    check_str(text, ==, expected);
}

static void a_duration_has_the_unit_that_suits_it(void)
{
    check_duration(0, "0 s");
    check_duration(-31000000, "-31.000 s");
    check_duration(999, "999 us");
    check_duration(1000, "1 ms");
    check_duration(12345, "12.3 ms");
    check_duration(1168000, "1.168 s");
    check_duration(119999000, "119.999 s");
    check_duration(182700000, "3 min 2.7 s");
}

static void rounding_carries_into_the_next_unit(void)
{
    check_duration(999499, "999 ms");
    check_duration(999500, "1.000 s");
    check_duration(179949999, "2 min 59.9 s");
    check_duration(179960000, "3 min 0.0 s");
}

static void check_figure(double value, const char *unit, const char *expected)
{
    g_autofree char *text = format_figure(value, unit);
    check_str(text, ==, expected);
}

static void a_measure_has_its_unit(void)
{
    check_figure(1234567, "", "1,234,567");
    check_figure(-12, "", "-12");
    check_figure(2.5, "", "2.5");
    check_figure(1e300, "", "1e+300");
    check_figure(-31000000, "us", "-31.000 s");
    check_figure(4096, "bytes", "4.0 KiB");
    check_figure(0.125, "share", "12.5 %");
    check_figure(10e6, "bit/s", "10 Mbit/s");
    check_figure(3, "/s", "3/s");
}

int main(void)
{
    static const Test tests[] = {
        { "a duration has the unit that suits it", a_duration_has_the_unit_that_suits_it },
        { "a measure has its unit", a_measure_has_its_unit },
        { "rounding carries into the next unit", rounding_carries_into_the_next_unit },
        { NULL, NULL },
    };
    return run_tests("format", tests);
}
