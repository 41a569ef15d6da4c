/* tools/distrod/cluster/names.h -- where members are: their hosts' addresses, looked up and kept.
 *
 * A member of cluster.conf may be named by host name (nacos-0.nacos-headless). The worker finds
 * them, at once and again every 30 s; until an answer comes a host has no address, and what a
 * failing look-up had found before stays. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/base/worker.h"
#include "tools/distrod/net/address.h"

typedef struct RegNames RegNames;

/* All borrowed. */
RegNames *reg_names_new(RegLoop *loop, RegWorker *worker);
void reg_names_free(RegNames *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegNames, reg_names_free)

/* From now on these hosts are of interest, and no others. */
void reg_names_set(RegNames *names, const char *const *hosts, size_t count);
/* One address of @host, with port 0. False if none is known. */
bool reg_names_find(const RegNames *names, const char *host, RegAddress *address);
/* Is @address one of any host's? */
bool reg_names_hold(const RegNames *names, const RegAddress *address);
/* Is it one of @host's? */
bool reg_names_is(const RegNames *names, const char *host, const RegAddress *address);
