/* sim/server/catalog.h -- the names of the services that a node knows, as its HTTP API lists them.
 *
 * A service without instances stays in the list until EmptyServiceCleaner takes it out: once a
 * minute, what has been empty for a minute. */
#pragma once

#include "sim/world/world.h"

/* Is it in the list? */
bool sim_catalog_has(const SimNode *node, DistroService service);
/* The read view of @service changed at @node: before sim_push_changed hears of it. */
void sim_catalog_changed(SimNode *node, DistroService service);
/* The services of a namespace and group, an array of DistroService in order of number. (transfer
 * full) */
GArray *sim_catalog_list(const SimNode *node, DistroName space, DistroName group);
