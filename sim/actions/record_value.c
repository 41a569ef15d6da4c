/* sim/actions/record_value.c -- values as Lua text: strings, numbers, quantities in units that fit.
 */
#include <math.h>
#include <string.h>

#include "sim/actions/record_internal.h"

char *sim_lua_string(const char *text)
{
    GString *out = g_string_new("\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            g_string_append_printf(out, "\\%c", *c);
        } else if (*c == '\n') {
            g_string_append(out, "\\n");
        } else if ((unsigned char)*c < 32 || *c == 127) {
            g_string_append_printf(out, "\\%03d", *c);
        } else {
            g_string_append_c(out, *c);
        }
    }
    return g_string_free(g_string_append_c(out, '"'), false);
}

char *sim_lua_number(double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    for (int digits = 1; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, number);
        if (g_ascii_strtod(text, NULL) == number) {
            break;
        }
    }
    if (strchr(text, 'e') != NULL && fabs(number) < 1e15 && number == floor(number)) {
        return g_strdup_printf("%" G_GINT64_FORMAT, (int64_t)number);
    }
    return g_strdup(text);
}

typedef struct LuaUnit {
    SimQuantityKind kind;
    const char *constructor;
    double factor;
} LuaUnit;

/* Those of a kind together, larger ones first. */
static const LuaUnit lua_units[] = {
    { SIM_QUANTITY_DURATION, "s", 1e6 },      { SIM_QUANTITY_DURATION, "ms", 1e3 },
    { SIM_QUANTITY_DURATION, "us", 1 },       { SIM_QUANTITY_PROPORTION, "percent", 0.01 },
    { SIM_QUANTITY_PROPORTION, "ppm", 1e-6 }, { SIM_QUANTITY_SIZE, "mib", 1048576 },
    { SIM_QUANTITY_SIZE, "kib", 1024 },       { SIM_QUANTITY_SIZE, "bytes", 1 },
    { SIM_QUANTITY_BANDWIDTH, "gbit", 1e9 },  { SIM_QUANTITY_BANDWIDTH, "mbit", 1e6 },
    { SIM_QUANTITY_BANDWIDTH, "kbit", 1e3 },  { SIM_QUANTITY_RATE, "per_second", 1 },
};

/* The shortest text in a unit of which there is at least one: 300 ms, not 0.3 s. */
char *sim_lua_quantity(SimQuantityKind kind, double value)
{
    char *best = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(lua_units); i++) {
        const LuaUnit *unit = &lua_units[i];
        bool last = i + 1 == G_N_ELEMENTS(lua_units) || lua_units[i + 1].kind != kind;
        double count = value / unit->factor;
        bool fits = fabs(count) >= 1 || value == 0 || (last && best == NULL);
        if (unit->kind != kind || !fits) {
            continue;
        }
        g_autofree char *number = sim_lua_number(count);
        g_autofree char *text = g_strdup_printf("%s(%s)", unit->constructor, number);
        if (best != NULL && strlen(best) <= strlen(text)) {
            continue;
        }
        g_free(best);
        best = g_steal_pointer(&text);
    }
    return best;
}

char *sim_lua_duration(int64_t us)
{
    return sim_lua_quantity(SIM_QUANTITY_DURATION, (double)us);
}
