/* sim/naming/operator.h -- what an operator changes of an instance or a service at a server's
 * console. */
#pragma once

#include "sim/base/types.h"

/* InstancePublishInfo#genMetadataId: "ip:port:cluster". */
typedef struct SimMetadataId {
    DistroName ip;
    int32_t port;
    DistroName cluster;
} SimMetadataId;

/* What an operator sets; what is not .has_... stays as it is. */
typedef struct SimOperatorChange {
    DistroService service;
    SimMetadataId instance;
    bool has_enabled, enabled;
    bool has_weight;
    double weight;
    bool has_metadata;
    DistroExt metadata;
} SimOperatorChange;

/* How servers find out whether a persistent instance is healthy (ClusterMetadata#healthyCheckType);
 * always at the instance's own port. */
typedef enum SimChecker {
    SIM_CHECKER_TCP, /* where nothing else is set */
    SIM_CHECKER_HTTP,
    SIM_CHECKER_NONE,
} SimChecker;
extern const char *const sim_checker_names[]; /* "tcp", "http", "none", NULL */

/* Of a service (ServiceMetadata): its threshold, or the checker of one of its clusters. */
typedef struct SimServiceChange {
    DistroService service;
    DistroName cluster;       /* DISTRO_NONE: the service as a whole */
    double protect_threshold; /* 0 to 1 */
    SimChecker checker;
} SimServiceChange;
