/* sim/base/quantity.c -- quantities: their units, and text that reads back. */
#include "sim/base/quantity.h"

#include <math.h>
#include <string.h>

typedef struct Unit {
    const char *suffix; /* as text spells it, the canonical spelling first */
    SimQuantityKind kind;
    double factor;  /* of the base unit */
    double divisor; /* or 1: a minute's rate is a division, since 1/60 has no exact factor */
} Unit;

/* Larger units first, so that the first that prints a value briefly is taken. */
static const Unit units[] = {
    { "s", SIM_QUANTITY_DURATION, 1e6, 1 },     { "ms", SIM_QUANTITY_DURATION, 1e3, 1 },
    { "us", SIM_QUANTITY_DURATION, 1, 1 },      { "min", SIM_QUANTITY_DURATION, 60e6, 1 },
    { "m", SIM_QUANTITY_DURATION, 60e6, 1 },    { "h", SIM_QUANTITY_DURATION, 3600e6, 1 },
    { "%", SIM_QUANTITY_PROPORTION, 1, 100 },   { "ppm", SIM_QUANTITY_PROPORTION, 1, 1e6 },
    { "mib", SIM_QUANTITY_SIZE, 1048576, 1 },   { "kib", SIM_QUANTITY_SIZE, 1024, 1 },
    { "b", SIM_QUANTITY_SIZE, 1, 1 },           { "bytes", SIM_QUANTITY_SIZE, 1, 1 },
    { "gbit", SIM_QUANTITY_BANDWIDTH, 1e9, 1 }, { "mbit", SIM_QUANTITY_BANDWIDTH, 1e6, 1 },
    { "kbit", SIM_QUANTITY_BANDWIDTH, 1e3, 1 }, { "/s", SIM_QUANTITY_RATE, 1, 1 },
    { "/min", SIM_QUANTITY_RATE, 1, 60 },
};

static const struct {
    const char *name, *example;
} kinds[SIM_N_QUANTITIES] = {
    [SIM_QUANTITY_DURATION] = { "duration", "a duration such as s(20)" },
    [SIM_QUANTITY_PROPORTION] = { "proportion", "a proportion such as percent(5)" },
    [SIM_QUANTITY_SIZE] = { "size", "a size such as kib(64)" },
    [SIM_QUANTITY_BANDWIDTH] = { "bandwidth", "a bandwidth such as mbit(200)" },
    [SIM_QUANTITY_RATE] = { "rate", "a rate such as per_second(20)" },
};

const char *sim_quantity_kind_name(SimQuantityKind kind)
{
    return kinds[kind].name;
}

const char *sim_quantity_kind_example(SimQuantityKind kind)
{
    return kinds[kind].example;
}

/* Durations and sizes come in whole microseconds and bytes, but 1.001 times a million is not quite
 * 1001000. What is off by no more than arithmetic errs is taken for the whole number it is meant
 * to be, so that s(1.001) equals ms(1001); a true fraction, s(1) / 3, stays. */
static double tidy(SimQuantityKind kind, double value)
{
    double whole = round(value);
    bool counted = kind == SIM_QUANTITY_DURATION || kind == SIM_QUANTITY_SIZE;
    return counted && fabs(value - whole) <= 1e-12 * fabs(value) ? whole : value;
}

SimQuantity sim_quantity_of(SimQuantityKind kind, double value)
{
    return (SimQuantity) { kind, tidy(kind, value) };
}

/* --- text ------------------------------------------------------------------------------------ */

/* Writes @value in @unit with at most @decimals; false if reading it back gives another value. */
static bool print_in(double value, const Unit *unit, int decimals, char *text)
{
    char format[16], number[SIM_QUANTITY_TEXT_SIZE - 8];
    g_snprintf(format, sizeof format, "%%.%df", decimals);
    double shown = value / unit->factor * unit->divisor;
    if (fabs(shown) > 1e15) {
        return false;
    }
    g_ascii_formatd(number, sizeof number, format, shown);
    g_snprintf(text, SIM_QUANTITY_TEXT_SIZE, "%s%s", number, unit->suffix);
    return tidy(unit->kind, g_ascii_strtod(number, NULL) * unit->factor / unit->divisor) == value;
}

static const Unit *base_unit(SimQuantityKind kind)
{
    const Unit *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (units[i].kind == kind && (found == NULL || units[i].factor / units[i].divisor <
                                                           found->factor / found->divisor)) {
            found = &units[i];
        }
    }
    return found;
}

/* A duration stands in the largest of s, ms, us of which it is at least one: 1.118539s. */
static bool print_duration(double value, char *text)
{
    const Unit *unit = units;
    while (value != 0 && unit->factor > 1 && fabs(value) < unit->factor) {
        unit++;
    }
    for (int decimals = 0; decimals <= 6; decimals++) {
        if (print_in(value, unit, decimals, text)) {
            return true;
        }
    }
    return false;
}

/* Another quantity stands where it takes the fewest decimals, in steps of three. */
static bool print_shortest(SimQuantity quantity, char *text)
{
    for (int decimals = 0; decimals <= 6; decimals += 3) {
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
            if (units[i].kind != quantity.kind) {
                continue;
            }
            double shown = fabs(quantity.value) / units[i].factor * units[i].divisor;
            double least = quantity.kind == SIM_QUANTITY_PROPORTION ? 0.1 : 1;
            bool whole = units[i].kind != SIM_QUANTITY_SIZE || units[i].factor == 1;
            bool fits = shown >= least || (quantity.value == 0 && whole); /* 0b, not 0mib */
            for (int d = decimals; fits && d < decimals + 3; d++) {
                if (print_in(quantity.value, &units[i], d, text)) {
                    return true;
                }
            }
        }
    }
    return false;
}

void sim_quantity_text(SimQuantity quantity, char text[SIM_QUANTITY_TEXT_SIZE])
{
    if (quantity.kind == SIM_QUANTITY_DURATION ? print_duration(quantity.value, text)
                                               : print_shortest(quantity, text)) {
        return;
    }
    const Unit *unit = base_unit(quantity.kind); /* what no unit writes exactly: s(1) / 3 */
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr(number, sizeof number, quantity.value / unit->factor * unit->divisor);
    g_snprintf(text, SIM_QUANTITY_TEXT_SIZE, "%s%s", number, unit->suffix);
}

/* Reads a plain decimal number; NULL if there is none. Hexadecimal and "inf" are no quantities. */
static const char *parse_number(const char *text, double *number)
{
    const char *first = text + (*text == '-' || *text == '+');
    if (!g_ascii_isdigit(*first) && !(*first == '.' && g_ascii_isdigit(first[1]))) {
        return NULL;
    }
    if (first[0] == '0' && (first[1] == 'x' || first[1] == 'X')) {
        return NULL;
    }
    char *end;
    *number = g_ascii_strtod(text, &end);
    return isfinite(*number) ? end : NULL;
}

bool sim_quantity_parse(const char *text, SimQuantity *quantity)
{
    double number, below;
    const char *suffix = parse_number(text, &number);
    if (suffix == NULL) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(suffix, units[i].suffix) == 0) {
            double value = number * units[i].factor / units[i].divisor;
            *quantity = sim_quantity_of(units[i].kind, value);
            return true;
        }
    }
    if (*suffix != '/') {
        return false;
    }
    const char *end = parse_number(suffix + 1, &below);
    if (end == NULL || *end || below == 0) {
        return false;
    }
    *quantity = (SimQuantity) { SIM_QUANTITY_PROPORTION, number / below };
    return true;
}
