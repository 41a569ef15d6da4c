/* sim/server/push.h -- a server's subscribers: who is told which list when.
 *
 * Naming push is Nacos's but not Distro's, so it stands beside the node. A first subscription and
 * every change of a service's read view start a 500 ms delay task per service (100 ms ticks;
 * merging keeps the earlier start); it renews the list that queries are answered from, and sends it
 * to each subscriber with a connection here; no answer within 5 s: again 1 s later, while the
 * connection exists. 1.x clients get it as a datagram: 10 s for the ack, one retransmission, and
 * only while they keep polling. */
#pragma once

#include "sim/base/types.h"

typedef struct SimPush SimPush; /* one per node incarnation */

SimPush *sim_push_new(SimWorld *world, uint32_t node);
void sim_push_free(SimPush *push);
void sim_push_subscribe(SimPush *push, uint32_t client, DistroService service);
void sim_push_unsubscribe_all(SimPush *push, uint32_t client);
/* The read view of @service changed: what @client publishes of it was @before. */
void sim_push_changed(SimPush *push, DistroService service, DistroClient client,
                      DistroPublication before);
void sim_push_on_outcome(SimPush *push, uint64_t call, DistroOutcome outcome);
/* What it comes to (explore/explore.h). */
uint64_t sim_push_digest(const SimPush *push);
/* Next time at which sim_push_wake wants to run; INT64_MAX: never. */
int64_t sim_push_wake_at(const SimPush *push);
void sim_push_wake(SimPush *push);
/* What a query of @service is answered with: the list that is kept, made now if there is none. Of a
 * service that the node does not know none is kept (ServiceStorage#getPushData). Observers are
 * told. */
uint32_t sim_push_read(SimPush *push, DistroService service);
/* EmptyServiceCleaner has taken @service out. */
void sim_push_forget(SimPush *push, DistroService service);
/* The list that is kept of @service; 0: none, so that a query would be answered with what the node
 * lists now. Looking makes none and renews none. */
uint32_t sim_push_kept(SimPush *push, DistroService service);
/* When the first change came that the kept list of @service does not say; INT64_MAX: it says
 * all. */
int64_t sim_push_stale_since(const SimPush *push, DistroService service);
/* The earliest of all, and which service it is of. */
int64_t sim_push_stalest(const SimPush *push, DistroService *service);
