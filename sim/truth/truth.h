/* sim/truth/truth.h -- what the clients really publish, what each node lists, and how the two
 * compare.
 *
 * Two sides meet here. Clients say which operations they began and which were acknowledged: that is
 * the ground truth. Nodes say how their read views change. From both follow, incrementally and
 * never by rescanning: agreement (a digest per node), convergence of every acknowledged operation,
 * lost and zombie instance-seconds, and the moments at which checks must look.
 *
 *      client ops --begin/acknowledge/client_gone--> [instance: live? expected listing, since]
 *                                                          |  compare, per node
 *      node views --view(before, after)------------> [node: listed? how often, digest]
 *
 * An instance is (service, ip, port) in one cluster. It is LIVE while an acknowledged, not removed
 * publication of a live client of that cluster holds it; GONE after that; UNDER_WAY while an
 * operation that adds or removes it has begun and its result is not known (a time-out leaves it so
 * until redo, a beat or a close settles it). UNDER_WAY counts neither as live nor as gone, except
 * that an instance that is live and merely changes (metadata, weight) stays live.
 *
 * With several clusters, instances of one service, ip and port are one *application instance*, and
 * each other's siblings. One that was not published in its own cluster is ELSEWHERE while a sibling
 * lives (or is under way): a cluster may list it, since it was copied, and need not. When the
 * last sibling goes, it is GONE with it: a copy that stays is a zombie. So a copier tells the
 * truth nothing; only applications publish. */
#pragma once

#include "sim/truth/book.h"
#include "sim/world/observe.h"

/* A number for (cluster, service, ip, port), dense from 0 in order of first appearance. */
typedef uint32_t SimInstance;

typedef enum SimInstanceState {
    SIM_INSTANCE_UNKNOWN, /* never acknowledged */
    SIM_INSTANCE_LIVE,
    SIM_INSTANCE_GONE,
    SIM_INSTANCE_UNDER_WAY,
    SIM_INSTANCE_ELSEWHERE, /* lives in another cluster; copies of it may be listed in this one */
} SimInstanceState;

typedef struct SimInstanceInfo {
    uint32_t cluster;
    DistroService service; /* the core's numbers: what they stand for there is not what tells */
    DistroName ip;         /* instances apart, the book's texts do */
    int32_t port;
    SimInstanceState state;
    int64_t since_us;       /* of the state */
    DistroListing expected; /* of a live instance: what views should list */
    uint32_t client;        /* index of the client that last published it, or a sibling */
} SimInstanceInfo;

SimTruth *sim_truth_new(SimWorld *world);
void sim_truth_free(SimTruth *truth);
uint64_t sim_truth_state_digest(const SimTruth *truth); /* what it comes to (explore/explore.h) */

/* What is to be told to it (sim_world_observe). Nodes that are there already are known. */
SimObserver sim_truth_observer(SimTruth *truth);

/* --- clients ------------------------------------------------------------------------------ */
/* The truth's own numbers for what is said. (transfer none) */
SimBook *sim_truth_book(const SimTruth *truth);
/* What the story said when it had @client ask for @publication of @service (0: for none): @count
 * @items of @said_service, numbers of the book, which are copied. What the story does not say is
 * taken to be what the core's dictionary tells of the numbers. */
void sim_truth_say(SimTruth *truth, uint32_t client, DistroService service,
                   DistroPublication publication, uint32_t said_service, const SimSaidItem *items,
                   uint32_t count);
/* The book's number of what @client calls @service. */
uint32_t sim_truth_said_service(const SimTruth *truth, uint32_t client, DistroService service);
/* The statement of @publication as @client's; 0 for none. */
uint32_t sim_truth_statement(const SimTruth *truth, uint32_t client, DistroPublication publication);
/* Client @client (index in the world) begins to publish @after of @service instead of what it
 * published before; 0: it deregisters. Returns a number for the operation. A newer operation on the
 * same client and service settles an older one that is still open as abandoned. */
uint32_t sim_truth_begin(SimTruth *truth, uint32_t client, DistroService service,
                         DistroPublication after);
/* The same of an instance that is of its address alone, @id "ip:port#false": it stays in the
 * truth, whatever becomes of its client, until an acknowledged operation ends it. The truth says
 * nothing of its health. */
uint32_t sim_truth_begin_persistent(SimTruth *truth, uint32_t client, DistroClient id,
                                    DistroService service, DistroPublication after);
void sim_truth_acknowledge(SimTruth *truth, uint32_t operation);
/* Refused, timed out or not connected: not known (@certain false), or certainly without effect.
 */
void sim_truth_abandon(SimTruth *truth, uint32_t operation, bool certain);
/* close() or kill(): everything it publishes is gone at once. To close is an acknowledged operation
 * per service published; to be killed is none, but the time until the last live node has dropped
 * each is told (observe.h). */
void sim_truth_client_gone(SimTruth *truth, uint32_t client);
void sim_truth_client_killed(SimTruth *truth, uint32_t client);
/* What @client last got acknowledged for @service; 0 if nothing (or it was taken back). */
DistroPublication sim_truth_acknowledged(const SimTruth *truth, uint32_t client,
                                         DistroService service);
DistroPublication sim_truth_acknowledged_persistent(const SimTruth *truth, uint32_t client,
                                                    DistroClient id, DistroService service);
/* All instances that @client publishes by acknowledged operations: appended to @out (SimInstance).
 * Returns how many. */
size_t sim_truth_client_publishes(const SimTruth *truth, uint32_t client, GArray *out);
/* The same, or what it last published if it publishes nothing. */
size_t sim_truth_client_instances(const SimTruth *truth, uint32_t client, GArray *out);

/* --- nodes -------------------------------------------------------------------------------- */
/* Set the SimNode's fields first, then call these. A node that goes
 * down needs no view effects: it lists nothing from then on. */
void sim_truth_node_added(SimTruth *truth, uint32_t node);
void sim_truth_node_up(SimTruth *truth, uint32_t node);     /* booted, empty, not loaded */
void sim_truth_node_loaded(SimTruth *truth, uint32_t node); /* judged from now on */
void sim_truth_node_down(SimTruth *truth, uint32_t node);   /* lists nothing, counts for nothing */
void sim_truth_view(SimTruth *truth, uint32_t node, DistroClient client, DistroService service,
                    DistroPublication before, DistroPublication after, DistroPath path);

/* --- reading ------------------------------------------------------------------------------ */
uint32_t sim_truth_instance_count(const SimTruth *truth);
const SimInstanceInfo *sim_truth_instance(const SimTruth *truth, SimInstance instance);
/* False if (service, ip, port) was never seen in @cluster. */
bool sim_truth_find(const SimTruth *truth, uint32_t cluster, DistroService service, DistroName ip,
                    int32_t port, SimInstance *instance);
/* The same in any cluster: that in which a client published it, if there is one. */
bool sim_truth_find_anywhere(const SimTruth *truth, DistroService service, DistroName ip,
                             int32_t port, SimInstance *instance);
/* Is @node of the instance's cluster? */
bool sim_truth_concerns(const SimTruth *truth, uint32_t node, SimInstance instance);
/* A node of another cluster lists none of this one's. */
bool sim_truth_lists(const SimTruth *truth, uint32_t node, SimInstance instance);
/* Does @node list the application instance, that is @instance or its sibling in the node's own
 * cluster? */
bool sim_truth_knows(const SimTruth *truth, uint32_t node, SimInstance instance);
uint32_t sim_truth_shown_by(const SimTruth *truth,
                            SimInstance instance); /* live nodes listing it */
uint64_t sim_truth_digest(const SimTruth *truth,
                          uint32_t node); /* of the view; equal views, equal digests */
uint32_t sim_truth_listed(const SimTruth *truth, uint32_t node); /* distinct listings in the view */
/* All live nodes of @cluster, or of each with SIM_ALL_CLUSTERS, have equal views, health and
 * metadata included; true if none lives. O(nodes). */
bool sim_truth_agree(const SimTruth *truth, uint32_t cluster);
/* And list just the live instances (under way, elsewhere: either way). */
bool sim_truth_converged(const SimTruth *truth, uint32_t cluster);
/* How many different views the live nodes have: 0 (no node), 1 (agree), ...; with several clusters,
 * 1 and what each has too many. */
uint32_t sim_truth_distinct_views(const SimTruth *truth);
/* Right now, over live and loaded nodes: pairs (node, live instance not listed), (node, gone
 * instance listed). */
uint64_t sim_truth_lost_now(const SimTruth *truth);
uint64_t sim_truth_lost_listed_now(const SimTruth *truth); /* those that were listed there before */
uint64_t sim_truth_zombies_now(const SimTruth *truth);
uint64_t
sim_truth_stale_now(const SimTruth *truth); /* listed live ones with a content that is wrong */
uint64_t sim_truth_zombies_at(const SimTruth *truth, uint32_t node);
uint64_t sim_truth_lost_at(const SimTruth *truth, uint32_t node);
/* Live, acknowledged instances of a service (or of all with DISTRO_NONE) in @cluster (or in all
 * with SIM_ALL_CLUSTERS), appended to @out. */
size_t sim_truth_live(const SimTruth *truth, uint32_t cluster, DistroService service, GArray *out);

/* --- figures ------------------------------------------------------------------------------ */
typedef struct SimConvergence {
    uint32_t client;
    DistroService service;
    bool removal;
    int64_t acknowledged_us;
    int64_t took_us; /* until the last live node showed it */
    DistroPath path; /* by which that last node learned it */
    uint32_t last_node;
} SimConvergence;
/* A change as one site sees it: when its last live node came to show it. For worlds of several
 * sites. A client sits at its site, wherever its server is, so that what it does there is local. */
typedef enum SimChange {
    SIM_CHANGE_REGISTER, /* or an update */
    SIM_CHANGE_DEREGISTER,
    SIM_CHANGE_DEATH, /* not acknowledged: from kill() on */
    SIM_N_CHANGES,
} SimChange;
typedef struct SimArrival {
    uint32_t from, to; /* sites: of the client, of the nodes */
    SimChange change;
    int64_t acknowledged_us, took_us;
} SimArrival;
/* Those that have arrived, appended to @out: of changes that have converged, and of those that
 * still spread but have arrived somewhere. */
void sim_truth_arrivals(const SimTruth *truth, GArray *out);
/* Changes that some live node of site @to does not show yet, made by clients of site @from: how
 * many, and the age of the oldest. */
uint32_t sim_truth_under_way(const SimTruth *truth, uint32_t from, uint32_t to, int64_t *oldest_us);
/* From now on copies of what lives in cluster @from are expected in cluster @to: how long they take
 * counts as arrivals there. */
void sim_truth_bridge(SimTruth *truth, uint32_t from, uint32_t to);
/* Does @copy say all that @original does? A copier may add metadata. */
bool sim_truth_is_copy(const SimTruth *truth, DistroListing original, DistroListing copy);
bool sim_truth_bridged(const SimTruth *truth, uint32_t from, uint32_t to);
/* Operations that converged, in order of converging. An operation that a later one superseded first
 * is dropped; one that never converged is counted by sim_truth_unconverged. */
const SimConvergence *sim_truth_convergences(const SimTruth *truth, size_t *count);
uint32_t sim_truth_unconverged(const SimTruth *truth);
/* From now on @node answers queries of @service with what it lists. */
void sim_truth_answers(SimTruth *truth, uint32_t node, DistroService service);
/* Of each acknowledged operation, how long until the last live node answered queries with it
 * (int64_t), in order of being seen. Superseded ones are dropped. (transfer none) */
const GArray *sim_truth_seen(const SimTruth *truth);
/* Those that have not: appended to @out (SimConvergence) by age, .took_us being their age so far
 * and .last_node the last that came to show it, or UINT32_MAX. */
size_t sim_truth_spreading(const SimTruth *truth, GArray *out);
/* How many operations were acknowledged, closes included: what amplification is measured by. */
uint64_t sim_truth_operations(const SimTruth *truth);
/* Integrals up to now, per node, in instance-microseconds. */
int64_t sim_truth_lost_us(SimTruth *truth, uint32_t node);
/* The part of it in which the node had listed them before: the rest was not yet known there. */
int64_t sim_truth_lost_listed_us(SimTruth *truth, uint32_t node);
int64_t sim_truth_zombie_us(SimTruth *truth, uint32_t node);
/* From each heal until the live nodes first agree: in order; -1 if they did not before the end. */
void sim_truth_healed(SimTruth *truth);
const int64_t *sim_truth_heal_to_agree(const SimTruth *truth, size_t *count);
/* Which instances do live nodes disagree about, or get wrong? A sentence for a red run, such as
 * "n3 lacks shop-1 (n1, n2 list it; revision 1)"; the node, instance and client concerned. NULL if
 * converged. (transfer full) */
char *sim_truth_explain(SimTruth *truth, uint32_t *node, SimInstance *instance);
/* The same for some of the nodes, all of one cluster: they have equal views, and list the live
 * instances of those clients for whom @counts, and none that is gone. */
char *sim_truth_explain_among(const SimTruth *truth, const uint32_t *nodes, size_t n_nodes,
                              bool (*counts)(const void *data, uint32_t client), const void *data,
                              uint32_t *node, SimInstance *instance);
/* Appends "shop-1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop)". */
void sim_truth_append_instance(const SimTruth *truth, SimInstance instance, GString *out);
/* Time 0 of the story: figures start here. */
void sim_truth_reset_figures(SimTruth *truth);
/* Asserts that what is counted as things change agrees with a count of all. */
void sim_truth_check(const SimTruth *truth);
