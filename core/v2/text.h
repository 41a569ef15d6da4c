/* core/v2/text.h -- what servers of 2.x and 3.x say to each other: JSON over gRPC. */
#pragma once

#include "core/message.h"

/* With those that all protocols share (message.h). */
enum {
    DISTRO_OP_CHANGE = 0, /* the full state of one client (ADD on the wire is CHANGE) */
    DISTRO_OP_DELETE = 1, /* a client is gone */
    DISTRO_OP_QUERY = 4,  /* one client, please (never sent by 2.x, answered all the same) */
    DISTRO_V2_OPS,
};

/* Appends the text to @out and returns how long it is; with NULL, how long it would be. */
size_t distro_v2_put(GString *out, const DistroDictionary *dictionary,
                     const DistroMessage *message);

/* DataOperation as Nacos spells it; NULL for what is no Distro data. */
const char *distro_v2_operation(DistroOp op);
#define DISTRO_RESOURCE_TYPE "Nacos:Naming:v2:ClientData"
