/* tools/distrosim/cli/memory.c -- see memory.h. */
#include "tools/distrosim/cli/memory.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/distrosim/cli/arguments.h"

#define DEFAULT_TENTHS 9

static gint exceeded; /* atomic: of the process, as its memory is */

/* "12gib", "800mib", "64kib" or plain bytes with "b". */
static bool read_size(const char *text, uint64_t *bytes)
{
    static const struct {
        const char *unit;
        uint64_t bytes;
    } units[] = { { "b", 1 }, { "kib", 1 << 10 }, { "mib", 1 << 20 }, { "gib", 1 << 30 } };
    char *end;
    guint64 number = g_ascii_strtoull(text, &end, 10);
    if (end == text || number == 0 || !g_ascii_isdigit(*text)) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(end, units[i].unit) == 0 && number <= UINT64_MAX / units[i].bytes) {
            *bytes = number * units[i].bytes;
            return true;
        }
    }
    return false;
}

bool memory_limit_read(const char *text, uint64_t *limit, GError **error)
{
    if (text == NULL) {
        *limit = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 10 *
                 DEFAULT_TENTHS;
        return true;
    }
    if (read_size(text, limit)) {
        return true;
    }
    g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                "--memory-limit takes a size such as 12gib or 800mib, not '%s'", text);
    return false;
}

/* Resident pages: the second figure of statm. Where there is none, nothing is above any limit. */
static uint64_t read_resident_bytes(void)
{
    unsigned long long total = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%llu %llu", &total, &pages) != 2) {
        pages = 0;
    }
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool memory_is_above(uint64_t limit)
{
    if (read_resident_bytes() <= limit) {
        return false;
    }
    g_atomic_int_set(&exceeded, 1);
    return true;
}

bool memory_was_exceeded(void)
{
    return g_atomic_int_get(&exceeded) != 0;
}
