/* sim/base/nearest.h -- "did you mean ...?" */
#pragma once

#include <stddef.h>

/* The one of @names that is nearest to @wanted in spelling (fewest letters inserted, removed,
 * replaced, or swapped with their neighbour; case counts little), the first of equals; NULL if
 * there are none. */
const char *sim_nearest_name(const char *wanted, const char *const *names, size_t n);
/* The same, but NULL if the nearest is so far away that @wanted is hardly a slip of it: more than
 * one edit for every three letters. */
const char *sim_nearest_typo(const char *wanted, const char *const *names, size_t n);
