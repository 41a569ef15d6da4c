/* sim/run/harm.c -- see harm.h. */
#include "sim/run/harm.h"

typedef enum Harm {
    HARM_LOST, /* was listed there, and is no more */
    HARM_ZOMBIES,
    HARM_NOT_YET_KNOWN,
} Harm;

static int64_t harm_us(const SimNodeFigures *node, Harm harm)
{
    switch (harm) {
    case HARM_LOST:
        return node->lost_listed_us;
    case HARM_ZOMBIES:
        return node->zombie_us;
    default:
        return node->lost_us - node->lost_listed_us;
    }
}

/* "12.0 instance-seconds on n3", or "0". The worst node is named. */
static char *amount(const SimResult *result, Harm harm)
{
    const SimNodeFigures *worst = NULL;
    int64_t all_us = 0;
    for (guint i = 0; i < result->nodes->len; i++) {
        const SimNodeFigures *node = &g_array_index(result->nodes, SimNodeFigures, i);
        int64_t us = harm_us(node, harm);
        all_us += us;
        if (us > 0 && (worst == NULL || us > harm_us(worst, harm))) {
            worst = node;
        }
    }
    if (worst == NULL) {
        return g_strdup("0");
    }
    bool alone = harm_us(worst, harm) == all_us;
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
    g_autofree char *lost = amount(result, HARM_LOST);
    g_autofree char *zombies = amount(result, HARM_ZOMBIES);
    g_autofree char *wan = bytes_text(result->bytes_wan);
    g_autofree char *new = amount(result, HARM_NOT_YET_KNOWN);
    return g_strdup_printf("lost %s, zombies %s, wan %s, not yet known %s", lost, zombies, wan,
                           new);
}
