/* sim/truth/book.h -- contents as text, and the truth's own numbers for them.
 *
 * The truth compares what clients said with what queries return. A number of the core's dictionary
 * would stand for both, so that a mistake in entering it were in both and seen by none: here texts
 * are compared, and numbered by a table that shares no code with the core.
 *
 * Memory: grows only; texts are copied. */
#pragma once

#include "core/dictionary.h"

typedef struct SimBook SimBook;

/* One entry of an instance's metadata. */
typedef struct SimSaidEntry {
    const char *key, *text;
} SimSaidEntry;

/* What one instance says beside its address and its health. */
typedef struct SimSaidContent {
    const char *cluster; /* "DEFAULT" if nothing else was said */
    double weight;
    bool enabled;
    const SimSaidEntry *metadata; /* in any order, keys distinct */
    uint32_t n_metadata;
} SimSaidContent;

SimBook *sim_book_new(void);
void sim_book_free(SimBook *book);

/* The number of @content, from 1 on; equal numbers, equal texts. */
uint32_t sim_book_content(SimBook *book, const SimSaidContent *content);
/* The same of what a query returns of @listing. */
uint32_t sim_book_listing_content(SimBook *book, const DistroDictionary *dictionary,
                                  DistroListing listing);
/* (transfer none) Until the book is freed. */
const SimSaidContent *sim_book_content_info(const SimBook *book, uint32_t content);
/* How @is differs from @wanted, as "weight 1 instead of 5": appended to @out. */
void sim_book_append_difference(const SimBook *book, uint32_t is, uint32_t wanted, GString *out);
