/* sim/network/call_batch.h -- many calls alike, carried as one.
 *
 * A round of VERIFY is a call for each of thousands of clients, to every peer. As long as nothing
 * is out of the ordinary, those to one peer are one batch: one slot, one deadline, and
 *
 *      whole      one packet each way           where both ways take all packets the same time
 *      a stream   a packet each way per call    elsewhere: each has its delay, drawn as ever
 *
 * Whatever could treat the calls of a batch differently (a cut, a pause, a crash, a lost
 * connection, a time-out, a peer that takes its time) scatters it: from then on each is a call of
 * its own, in the state in which it would be had it always been one, and in its place in the
 * connection's list. The batch's own packets remain where those of its calls would be, and hand on
 * to them. So a batch changes nothing but the cost.
 *
 *      slot: batch ---- round: digests, sizes (shared by the batches to all peers)
 *              '-- scattered: calls[]  [id][id][id]... */
#pragma once

#include "sim/network/state.h"

enum {
    SIM_DIGEST_BITS = SIM_CALL_BITS - SIM_SLOT_BITS,
    SIM_ALL_DIGESTS = (1 << SIM_DIGEST_BITS) - 1, /* of a packet: the whole batch */
};

/* Values of answered_us beside instants. */
#define SIM_BATCH_UNDER_WAY INT64_MIN
#define SIM_BATCH_DONE INT64_MAX

struct SimCallBatch {
    SimRound *round;
    bool whole;
    uint32_t first, count; /* of the digests that the called is looking at */
    const SimEvent *ahead; /* streams: packets handed out ahead of their time, of which it took
                            * .count; NULL: it is looking at what has arrived */
    uint32_t open;         /* streams: calls that have not ended */
    int64_t *answered_us;  /* streams, by digest: UNDER_WAY, DONE, or since when */
    uint16_t *statuses;    /* by digest: what it was answered, if not OK; NULL: all OK so far */
    uint64_t *calls;       /* once scattered, by digest: ids; 0: it had ended */
    uint32_t uses;         /* once scattered: its packets on their way, and its deadline */
};

/* --- which packet: 52 bits of its payload ---------------------------------------------------- */

static inline uint64_t sim_net_batch_about(uint32_t index, uint32_t digest)
{
    return (uint64_t)index << SIM_DIGEST_BITS | digest;
}

static inline uint32_t sim_net_batch_index(uint64_t about)
{
    return (uint32_t)(about >> SIM_DIGEST_BITS);
}

static inline uint32_t sim_net_batch_digest(uint64_t about)
{
    return about & SIM_ALL_DIGESTS;
}

/* Frees a batch that ended before anything scattered it, or when the network goes. */
void sim_net_free_batch(SimCallBatch *batch);
/* Those among the calls from @first (slot + 1) on that are batches become calls of their own. */
void sim_net_scatter_batches(SimNetwork *network, uint32_t first);
/* A packet has arrived, there or back. */
void sim_net_on_digests(SimNetwork *network, int64_t now_us, uint64_t about);
void sim_net_on_replies(SimNetwork *network, int64_t now_us, uint64_t about);
/* Its time is over. */
void sim_net_batch_expired(SimNetwork *network, int64_t now_us, uint64_t id);
/* Is one of its calls still waited for? */
bool sim_net_batch_waits(const SimNetwork *network, const SimCallSlot *slot);
/* Its deadline is not waited for any more. */
void sim_net_batch_unawaited(SimNetwork *network, uint64_t id);
/* What became of a packet of a stream: its call's id, once the batch is scattered for it. */
uint64_t sim_net_batch_single(SimNetwork *network, uint64_t about);
/* Which client the packet is about. */
DistroClient sim_net_batch_client(const SimNetwork *network, uint64_t about);

/* --- for verify_lane.c */
bool sim_net_is_sound(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* That, and does nothing that @from sends on the connection wait for something else? */
bool sim_net_is_smooth(const SimNetwork *network, SimEndpoint from, SimEndpoint to,
                       uint64_t connection);
/* Would the called take what arrives as it would single calls? */
bool sim_net_batch_is_welcome(const SimNetwork *network, const SimCallSlot *slot);
DistroStatus sim_net_batch_status(const SimCallBatch *batch, uint32_t digest);
int64_t sim_net_good_answer_bytes(SimNetwork *network); /* framing included */
/* The calls about these have been answered. After the last, the batch is no more. */
void sim_net_batch_end(SimNetwork *network, SimCallSlot *slot, uint32_t index,
                       const SimDigests *digests, const DistroMiss *misses, uint32_t miss_count);
