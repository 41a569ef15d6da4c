/* tools/distrod/host/record.h -- what the node does, in the lines that a Nacos server logs.
 *
 *      protocol-distro   [DISTRO-START], [DISTRO-END], [DISTRO-INIT]         pushes and the load
 *      naming-distro     [Client-Add], [Client-Delete], [DISTRO-VERIFY-FAILED]  what was applied
 *      naming-server     healthy server list changed, Client change, Client remove
 *      naming-event      {POS} {IP-DISABLED}                                 beats that ran out
 *      nacos-cluster     report the metadata to the unhealthy node
 *
 * What reads Nacos's logs (an operator, or the import of logs) reads these. */
#pragma once

#include "tools/distrod/base/log.h"
#include "tools/distrod/host/host.h"

typedef struct RegRecord RegRecord;

/* Both borrowed. */
RegRecord *reg_record_new(RegHost *host, RegLog *log);
void reg_record_free(RegRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegRecord, reg_record_free)
