/* sim/config/config.h -- Nacos's configuration, as far as several sites are concerned.
 *
 *      publish at a server --> row in its cluster's database --> copied, later, to another's
 *          |  notice               |  read by each server's dump worker      |
 *          v                       v                                         v
 *      the cluster's servers   what a server serves: its local dump      likewise
 *
 * Configuration is no part of Distro and replicates by database and notice. Where rows appear under
 * a cluster's servers (a database copy), only their dump workers see them:
 *
 *      from 2.3.0    every 30 s, first at random in 0..30 s: rows whose modify time is not
 *                    before the start of the run before, by the server's clock
 *                    (DumpChangeConfigWorker)
 *      all           everything, every 6 h, first at random after 10..370 min, and at a start
 *                    (DumpAllTask)
 *
 * The modify time is the clock of the server that took the change, so a row that the copy brings
 * late falls between two windows and is missed until the next dump of everything.
 *
 * A world has this only once it is used; nothing is drawn before that. */
#pragma once

#include "sim/base/types.h"

typedef struct SimConfigs SimConfigs;

typedef struct SimConfigCounters {
    uint64_t applied; /* changes that the server's dump took, notices included */
    uint64_t missed;  /* changes that a run of its change worker passed over */
} SimConfigCounters;

/* @value of configuration @id is published at @node. False if it does not run. */
bool sim_config_publish(SimWorld *world, SimNode *node, const char *id, const char *value);
/* What is written to @from's database from now on appears in @to's after a lag drawn uniformly, in
 * the order of the writes. Rows that are there already come first. */
void sim_config_copy(SimWorld *world, uint32_t from, uint32_t to, int64_t low_us, int64_t high_us);
/* What @node serves; NULL if it knows none or does not run. Valid until it changes. */
const char *sim_config_read(const SimNode *node, const char *id);
SimConfigCounters sim_config_counters(const SimNode *node); /* since it booted */
