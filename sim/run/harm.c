/* sim/run/harm.c -- see harm.h. */
#include "sim/run/harm.h"

/* "12.0 instance-seconds on n3", or "0". The worst node is named. */
static char *amount(const SimResult *result, int64_t all_us, bool lost)
{
    const SimNodeFigures *worst = NULL;
    for (guint i = 0; i < result->nodes->len; i++) {
        const SimNodeFigures *node = &g_array_index(result->nodes, SimNodeFigures, i);
        int64_t us = lost ? node->lost_us : node->zombie_us;
        if (us > 0 && (worst == NULL || us > (lost ? worst->lost_us : worst->zombie_us))) {
            worst = node;
        }
    }
    if (worst == NULL) {
        return g_strdup("0");
    }
    bool alone = (lost ? worst->lost_us : worst->zombie_us) == all_us;
    return g_strdup_printf("%.1f instance-seconds %s %s", (double)all_us / 1e6,
                           alone ? "on" : "mostly on", worst->name);
}

static char *bytes_text(uint64_t bytes)
{
    if (bytes >= 1 << 20) {
        return g_strdup_printf("%.1f MiB", (double)bytes / (1 << 20));
    }
    if (bytes >= 1 << 10) {
        return g_strdup_printf("%.1f KiB", (double)bytes / (1 << 10));
    }
    return g_strdup_printf("%" G_GUINT64_FORMAT " B", bytes);
}

char *sim_run_harm(const SimResult *result)
{
    g_autofree char *lost = amount(result, result->lost_us, true);
    g_autofree char *zombies = amount(result, result->zombie_us, false);
    g_autofree char *wan = bytes_text(result->bytes_wan);
    return g_strdup_printf("lost %s, zombies %s, wan %s", lost, zombies, wan);
}
