/* tools/real/observer.h -- what one server holds and lists, asked every 20 ms.
 *
 *      index    clients that publish a service        -> the world's view of the node (store)
 *      list     what a query answers                  -> n:instances, and the contents
 *      members  every fifth time                      -> n:state, n:owns
 *
 * It asks from within the server's own namespace, so that no cut and no delay is in its way. The
 * index names addresses alone: contents are those of the list where it has the address, else what
 * was last acknowledged of it. */
#pragma once

#include "sim/study/reality.h"
#include "tools/distrod/base/loop.h"

#define REAL_POLL_US 20000
#define REAL_LATE_US 100000 /* a run whose observer was later than this is disturbed */

/* Whose paths are asked. */
typedef enum RealDialect {
    REAL_DIALECT_V2, /* its index answers for one address alone */
    REAL_DIALECT_V3,
} RealDialect;

typedef struct RealObserver RealObserver;

/* For @cold_us after the server is ready, being late counts as the server's, not as the observer's.
 * @catch_up: see sdk.h. */
RealObserver *real_observer_new(RegLoop *loop, SimNode *node, int space, RealDialect dialect,
                                int64_t cold_us, void (*catch_up)(void *data), void *data);
void real_observer_free(RealObserver *observer);

/* The server's process begins, or has ended: nothing is known of it. */
void real_observer_begin(RealObserver *observer);
void real_observer_end(RealObserver *observer);
/* It is frozen: what is known stays, and no answer is missed. */
void real_observer_pause(RealObserver *observer, bool paused);
/* Asks, unless it is asking still. */
void real_observer_poll(RealObserver *observer);

/* Has it loaded and does it see all members UP? */
bool real_observer_sees_all_up(const RealObserver *observer);
SimSeen real_observer_seen(const RealObserver *observer);
/* What its index holds of @service, and what a query was answered: appended (DistroListing). */
void real_observer_stored(const RealObserver *observer, DistroService service, GArray *listings);
void real_observer_listed(const RealObserver *observer, DistroService service, GArray *listings);
/* Completed rounds, and by how much the latest of them was late, since the last reset. */
uint64_t real_observer_rounds(const RealObserver *observer);
int64_t real_observer_late_us(const RealObserver *observer);
void real_observer_reset_figures(RealObserver *observer);
