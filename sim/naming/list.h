/* sim/naming/list.h -- lists of a service's instances, as servers hand them out.
 *
 * A full list of a service as a node listed it at one instant, shared by all that got it: listings
 * in ascending order, each once, without those that are not enabled (ServiceUtil).
 * Reference-counted by world-wide numbers from 1, which are not used again.
 *
 * A list outlives its last reference by 20 minutes, longer than the network holds a message. So a
 * number that travels needs no reference, and taking a list gives none; caches hold references. An
 * unknown or expired number is an empty list. */
#pragma once

#include "sim/base/types.h"

uint32_t sim_list_take(SimWorld *world, uint32_t node, DistroService service);
/* One that no node handed out, of @listings (DistroListing) in any order, each once. */
uint32_t sim_list_make(SimWorld *world, DistroService service, GArray *listings, int64_t wall_ms);
/* The same for a server's own use, with a reference. It goes with the last one, at once, unless it
 * has been sent meanwhile. */
uint32_t sim_list_keep(SimWorld *world, DistroService service, GArray *listings, int64_t wall_ms);
void sim_list_sent(SimWorld *world, uint32_t list);
/* What a query of @node's would list of @service if it were made now (transfer full). */
GArray *sim_list_read(const SimWorld *world, const SimNode *node, DistroService service);
/* Appends what @publication lists of a service (DistroListing). */
void sim_list_append(const SimWorld *world, DistroPublication publication, GArray *out);
uint32_t sim_list_ref(SimWorld *world, uint32_t list);
void sim_list_unref(SimWorld *world, uint32_t list);
/* *@held, referenced or 0, becomes @list, referenced. */
void sim_list_replace(SimWorld *world, uint32_t *held, uint32_t list);
const DistroListing *sim_list_items(const SimWorld *world, uint32_t list, uint32_t *count);
/* The server's wall clock when it made the list; 0 if the number is unknown. */
int64_t sim_list_wall_ms(const SimWorld *world, uint32_t list);
uint32_t sim_list_json_size(const SimWorld *world, uint32_t list); /* the ServiceInfo */
