/* core/naming/instance.h -- instances as clients describe and see them, and as they are replicated.
 *
 *      Instance { ip, port, weight, healthy, enabled, clusterName, instanceId, metadata }
 *          |  distro_naming_listing                       ^  distro_naming_instance
 *          v                                              |
 *      listing { ip, port, healthy, cluster, ext { metadata, publishInstanceWeight, ... } }
 *
 * Source: ClientOperationService#getPublishInfo, InstanceUtil#parseToApiInstance. */
#pragma once

#include "core/distro.h"

typedef struct DistroNamingInstance {
    const char *ip;
    int32_t port;
    double weight;
    bool healthy, enabled;
    const char *cluster;            /* (nullable) blank: DEFAULT */
    const char *instance_id;        /* (nullable) empty: none */
    const DistroExtEntry *metadata; /* any order; of entries with one key the last counts */
    size_t metadata_count;
} DistroNamingInstance;

/* The listing that @instance becomes when it is registered for @service. Its texts are valid UTF-8
 * (asserted). */
DistroListing distro_naming_listing(DistroDictionary *dictionary, DistroService service,
                                    const DistroNamingInstance *instance);
/* @listing as clients see it: its pointers lead into @dictionary, but .metadata, which holds the
 * entries of @ext_entries that are metadata (a GArray of DistroExtEntry, emptied first). */
void distro_naming_instance(const DistroDictionary *dictionary, DistroListing listing,
                            DistroNamingInstance *instance, GArray *ext_entries);

/* What @node lists of @service: the numbers of its instances, ascending, equal ones once, appended
 * to @listings (of DistroListing). ServiceStorage#getAllInstancesFromIndex. */
void distro_naming_list(const DistroNode *node, const DistroDictionary *dictionary,
                        DistroService service, GArray *listings);
