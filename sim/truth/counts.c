/* sim/truth/counts.c -- see counts.h. */
#include "sim/truth/counts.h"

#include <string.h>

void sim_counts_init(SimCounts *counts)
{
    counts->pages = g_ptr_array_new_with_free_func(g_free);
    counts->width = 0;
}

void sim_counts_clear(SimCounts *counts)
{
    g_ptr_array_unref(counts->pages);
}

void sim_counts_add_page(SimCounts *counts, uint32_t page)
{
    if (page >= counts->pages->len) {
        g_ptr_array_set_size(counts->pages, (int)page + 1);
    }
    counts->pages->pdata[page] = g_new0(uint32_t, (size_t)SIM_COUNTS_PAGE * counts->width);
}

/* Nodes seldom come once there is something to count. */
void sim_counts_widen(SimCounts *counts, uint32_t nodes)
{
    for (guint page = 0; page < counts->pages->len; page++) {
        const uint32_t *old = counts->pages->pdata[page];
        if (old == NULL) {
            continue;
        }
        uint32_t *wide = g_new0(uint32_t, (size_t)SIM_COUNTS_PAGE * nodes);
        for (size_t thing = 0; thing < SIM_COUNTS_PAGE; thing++) {
            memcpy(wide + thing * nodes, old + thing * counts->width, counts->width * sizeof *wide);
        }
        g_free(counts->pages->pdata[page]);
        counts->pages->pdata[page] = wide;
    }
    counts->width = nodes;
}
