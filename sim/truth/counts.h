/* sim/truth/counts.h -- a small number for each of many things at each node.
 *
 * A change of one thing comes to all nodes within moments, so what they count of it stands
 * together:
 *
 *      thing 0   n1 n2 n3 ...
 *      thing 1   n1 n2 n3 ...     256 things to a page, which is made when first written to */
#pragma once

#include <glib.h>
#include <stdint.h>

enum {
    SIM_COUNTS_PAGE = 256
};

typedef struct SimCounts {
    GPtrArray *pages; /* uint32_t[SIM_COUNTS_PAGE * width] or NULL */
    uint32_t width;   /* nodes that there is room for */
} SimCounts;

void sim_counts_init(SimCounts *counts);
void sim_counts_clear(SimCounts *counts);
/* Makes room for @nodes. */
void sim_counts_widen(SimCounts *counts, uint32_t nodes);
void sim_counts_add_page(SimCounts *counts, uint32_t page);
/* All things below it may have been counted. */
static inline uint32_t sim_counts_things(const SimCounts *counts)
{
    return counts->pages->len * SIM_COUNTS_PAGE;
}

static inline uint32_t sim_counts_get(const SimCounts *counts, uint32_t thing, uint32_t node)
{
    uint32_t page = thing / SIM_COUNTS_PAGE;
    const uint32_t *items = page < counts->pages->len ? counts->pages->pdata[page] : NULL;
    return items != NULL ? items[(size_t)(thing % SIM_COUNTS_PAGE) * counts->width + node] : 0;
}

/* To be changed; good until a node or a page is added. */
static inline uint32_t *sim_counts_at(SimCounts *counts, uint32_t thing, uint32_t node)
{
    uint32_t page = thing / SIM_COUNTS_PAGE;
    if (page >= counts->pages->len || counts->pages->pdata[page] == NULL) {
        sim_counts_add_page(counts, page);
    }
    uint32_t *items = counts->pages->pdata[page];
    return &items[(size_t)(thing % SIM_COUNTS_PAGE) * counts->width + node];
}
