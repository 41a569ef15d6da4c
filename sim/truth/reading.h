/* sim/truth/reading.h -- the truth read closely: listings, siblings, contents; for checks and
 * figures. */
#pragma once

#include "sim/truth/truth.h"

/* The instance that @listing describes in @cluster, entered if it is new. */
SimInstance sim_truth_instance_of(SimTruth *truth, uint32_t cluster, DistroListing listing);
const DistroPublicationInfo *sim_truth_publication(const SimTruth *truth,
                                                   DistroPublication publication);
/* Siblings stand in a ring: the one after @instance, itself if it has none. */
SimInstance sim_truth_next_sibling(const SimTruth *truth, SimInstance instance);
/* The sibling of @instance in @cluster; false if it has none there. */
bool sim_truth_sibling(const SimTruth *truth, SimInstance instance, uint32_t cluster,
                       SimInstance *sibling);
/* Nodes of @cluster that run. */
uint32_t sim_truth_alive(const SimTruth *truth, uint32_t cluster);
/* The listings that ever described @instance, newest first: the one after @after, or the first for
 * DISTRO_NONE; DISTRO_NONE at the end. */
DistroListing sim_truth_next_listing(const SimTruth *truth, SimInstance instance,
                                     DistroListing after);
bool sim_truth_shows(const SimTruth *truth, uint32_t node, DistroListing listing);

/* What a node shows of an instance, against what was acknowledged. */
typedef struct SimShownContent {
    uint32_t content; /* one that is not right, if there is one; 0: it lists none */
    bool right;
    uint32_t serial;     /* of its latest acknowledgement, larger for later ones; 0: none */
    int64_t outdated_us; /* since when a later one is acknowledged; INT64_MIN: never */
} SimShownContent;
/* Does @node list @instance, which is live, with other contents than may be right? */
bool sim_content_is_wrong(const SimTruth *truth, uint32_t node, SimInstance instance);
SimShownContent sim_content_shown(const SimTruth *truth, uint32_t node, SimInstance instance);
/* "weight 1 instead of 5": how what @node shows differs from what was acknowledged last. */
void sim_content_append_difference(const SimTruth *truth, uint32_t node, SimInstance instance,
                                   GString *out);
