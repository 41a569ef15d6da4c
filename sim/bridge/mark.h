/* sim/bridge/mark.h -- copies: how they are marked, which instances travel, which are the same.
 *
 * Pure functions of listings. The metadata of a copy says where it came from (sourceClusterId,
 * destClusterId, syncSource, sync.instance.tag); that a marked instance is not copied again is the
 * whole loop prevention. */
#pragma once

#include "core/dictionary.h"

typedef struct SimMarks {
    char *source_id, *destination_id; /* MD5 of "name_NACOS" */
    char *tag;                        /* "<source id>@@<version of the task>" */
} SimMarks;

/* The id of a cluster of this name. (transfer full) */
char *sim_mark_cluster_id(const char *name);
/* @version: of the task; "null" for what "add all" makes. */
void sim_marks_init(SimMarks *marks, const char *source, const char *destination,
                    const char *version);
void sim_marks_clear(SimMarks *marks);

/* @listing as it is registered at the destination: all it says, and the marks over it. */
DistroListing sim_mark(DistroDictionary *dictionary, const SimMarks *marks, DistroListing listing);
/* Does it travel? From an ordinary source only what bears no mark; from a @central one everything
 * but what came from the destination. */
bool sim_mark_eligible(const DistroDictionary *dictionary, const SimMarks *marks,
                       DistroListing listing, bool central);
/* Its sourceClusterId is @source_id. */
bool sim_mark_came_from(const DistroDictionary *dictionary, DistroListing listing,
                        const char *source_id);
/* The text of its sourceClusterId; NULL if it is no copy. */
const char *sim_mark_source(const DistroDictionary *dictionary, DistroListing listing);

/* What to do at a destination that lists @have, so that it lists @want. */
typedef struct SimStep {
    DistroListing listing;
    bool add; /* register it; else deregister */
} SimStep;
/* Appends to @steps (SimStep): first those of @want that are not in @have, then those of @have that
 * are not in @want, each in order. Both are compared by ip, port, weight, health, cluster and
 * service (NacosSyncToNacosServiceImpl#composeInstanceKey): metadata is no part of it. @by_address:
 * what @want holds under the same address is not taken back. */
void sim_mark_steps(const DistroDictionary *dictionary, const GArray *want, const GArray *have,
                    bool by_address, GArray *steps);
