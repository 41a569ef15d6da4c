/* tools/distrosim/cli/format.c -- see format.h. */
#include "tools/distrosim/cli/format.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define US_PER_MS 1000
#define US_PER_S 1000000
#define US_PER_MIN (60 * US_PER_S)
#define MS_ENDS_US 999500 /* from here on three digits would round to 1000 ms */

char *format_instant(int64_t at_us)
{
    return g_strdup_printf("%.3f s", (double)at_us / US_PER_S);
}

char *format_duration(int64_t duration_us)
{
    double duration = (double)duration_us;
    if (duration_us < 0) {
        g_autofree char *length = format_duration(-duration_us);
        return g_strdup_printf("-%s", length);
    }
    if (duration_us == 0) {
        return g_strdup("0 s");
    }
    if (duration_us < US_PER_MS) {
        return g_strdup_printf("%" G_GINT64_FORMAT " us", duration_us);
    }
    if (duration_us < MS_ENDS_US) {
        return g_strdup_printf("%.3g ms", duration / US_PER_MS);
    }
    if (duration_us < 2 * US_PER_MIN) {
        return g_strdup_printf("%.3f s", duration / US_PER_S);
    }
    const int64_t tenths = (duration_us + US_PER_S / 20) / (US_PER_S / 10);
    return g_strdup_printf("%" G_GINT64_FORMAT " min %.1f s", tenths / 600,
                           (double)(tenths % 600) / 10);
}

char *format_instance_time(int64_t total_us)
{
    if (total_us >= INT64_C(1000) * US_PER_S) {
        g_autofree char *count = format_count((uint64_t)(total_us / US_PER_S));
        return g_strdup_printf("%s instance-seconds", count);
    }
    if (total_us == 0) {
        return g_strdup("0 instance-seconds");
    }
    return g_strdup_printf("%.1f instance-seconds", (double)total_us / US_PER_S);
}

char *format_bytes(uint64_t bytes)
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
    if (bytes < 1024) {
        return g_strdup_printf("%" G_GUINT64_FORMAT " B", bytes);
    }
    double value = (double)bytes / 1024;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < G_N_ELEMENTS(units)) {
        value /= 1024;
        unit++;
    }
    return g_strdup_printf("%.1f %s", value, units[unit]);
}

char *format_count(uint64_t count)
{
    g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, count);
    GString *text = g_string_new(NULL);
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            g_string_append_c(text, ',');
        }
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, false);
}

char *format_rate(double per_second)
{
    if (per_second >= 1e6) {
        return g_strdup_printf("%.1f M", per_second / 1e6);
    }
    if (per_second >= 1e4) {
        return g_strdup_printf("%.0f k", per_second / 1e3);
    }
    return g_strdup_printf(per_second < 100 ? "%.1f" : "%.0f", per_second);
}

static char *format_bandwidth(double bps)
{
    static const char *const units[] = { "", "k", "M", "G" };
    size_t unit = 0;
    while (bps >= 1000 && unit + 1 < G_N_ELEMENTS(units)) {
        bps /= 1000;
        unit++;
    }
    return g_strdup_printf("%.4g %sbit/s", bps, units[unit]);
}

static char *format_number(double value)
{
    double size = fabs(value);
    if (size != floor(size) || size > 1e15) {
        return g_strdup_printf("%.6g", value);
    }
    g_autofree char *digits = format_count((uint64_t)size);
    return g_strdup_printf("%s%s", value < 0 ? "-" : "", digits);
}

char *format_figure(double value, const char *unit)
{
    if (g_str_equal(unit, "us") && fabs(value) < 1e18) {
        return format_duration((int64_t)value);
    }
    if (g_str_equal(unit, "bytes") && value >= 0 && value < 1e18) {
        return format_bytes((uint64_t)value);
    }
    if (g_str_equal(unit, "bit/s")) {
        return format_bandwidth(value);
    }
    if (g_str_equal(unit, "share")) {
        return g_strdup_printf("%.6g %%", value * 100);
    }
    g_autofree char *number = format_number(value);
    return g_strdup_printf("%s%s", number, unit);
}

char *format_plural(uint64_t count, const char *noun)
{
    g_autofree char *number = format_count(count);
    return g_strdup_printf("%s %s%s", number, noun, count == 1 ? "" : "s");
}

char *format_shell_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:=@%+,-";
    bool needs_quotes = *word == '\0' || word[strspn(word, plain)] != '\0';
    return needs_quotes ? g_shell_quote(word) : g_strdup(word);
}
