/* sim/naming/operator.h -- what an operator changes of an instance at a server's console. */
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
