/* sim/raft/persistent.h -- persistent instances and operators' overrides, as a server lists them.
 *
 * What a server lists of them is what it has applied: reads ask no other server, so a minority goes
 * on with what it had. They are told to the truth as any view is, but for their health, which the
 * servers' own checks decide (health.c) and convergence is no claim about.
 *
 * An override is laid over every instance of its address and cluster, persistent or not, when a
 * list is made (InstanceUtil#updateInstanceMetadata); the store knows nothing of it. */
#pragma once

#include "sim/naming/operator.h"
#include "sim/raft/group.h"

/* Appends what @node lists of @service by Raft, enabled or not: the listings, and beside each
 * (@clients nullable) the index of the client that published it, or UINT32_MAX. */
void sim_persistent_listings(const SimNode *node, DistroService service, GArray *listings,
                             GArray *clients);
/* @listing as a query of @node says it: itself, unless it is overridden. */
DistroListing sim_persistent_overlay(const SimNode *node, DistroListing listing);
/* It came out of an override. */
bool sim_persistent_is_merged(const SimWorld *world, DistroListing listing);
/* "10.0.0.7:8080#false", whose instance @publication is. */
DistroClient sim_persistent_client(DistroDictionary *dictionary, DistroPublication publication);

/* At @node's console. @done as for sim_raft_write. False, and nothing is done, if @node does not
 * run or does not know such an instance. */
bool sim_persistent_override(SimNode *node, const SimOperatorChange *change, SimRaftWriteDone done,
                             void *data);
/* Likewise. A threshold may be set before there is such a service, a checker may not. */
bool sim_persistent_describe(SimNode *node, const SimServiceChange *change, SimRaftWriteDone done,
                             void *data);
