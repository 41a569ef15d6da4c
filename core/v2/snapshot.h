/* core/v2/snapshot.h -- the list that an answer to SNAPSHOT consists of.
 *
 *      count x (client, revision, n, idle ms, n x publication)
 *
 * The publications ascend by service. Writing appends to an array; a finished list goes into
 * DistroMessage.list. Reading steps through a decoded, hence valid list. */
#pragma once

#include "core/message.h"

typedef struct DistroSnapshotElement {
    DistroClient client;
    int32_t revision;
    uint32_t count;
    int32_t idle_ms; /* how long ago the client was renewed; 0: not told, as Nacos does */
    const DistroPublication *items; /* count of them; read, they are in the list */
} DistroSnapshotElement;

void distro_snapshot_add(GByteArray *list, const DistroSnapshotElement *element);
/* *@offset starts at 0. False at the end. */
bool distro_snapshot_next(GBytes *list, size_t *offset, DistroSnapshotElement *element);
/* Is @list, of @count elements, what such a list may be? */
DistroWireError distro_snapshot_check(const DistroDictionary *dictionary, GBytes *list,
                                      uint32_t count);
