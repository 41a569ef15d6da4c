/* sim/client/dual_internal.h -- what the files of a dual client share with those of its stacks. */
#pragma once

#include "sim/client/dual.h"
#include "sim/client/internal.h"

struct SimDual {
    SimClient *stacks[SIM_DUAL_STACKS]; /* (transfer none); the idle one may be NULL */
    char *cluster;
    bool nearby, ideal;
    bool up;               /* every stack has had its attempts to connect: operations may begin */
    GArray *cells;         /* SimSubscribed: the shared cache */
    GPtrArray *operations; /* those in hand */
};

/* --- dual.c --------------------------------------------------------------------------------- */
/* Makes the stacks beside @primary, which @spec describes. */
void sim_dual_new(SimClient *primary, const SimClientSpec *spec);
void sim_dual_free(SimDual *dual);
bool sim_dual_is_follower(const SimClient *client); /* 1.x: the secondary acts after the primary */
/* The process starts: the stacks do, one after the other. */
void sim_dual_start(SimDual *dual);
/* The start-up of @stack is over, well or not. Nothing happens if it is no stack. */
void sim_dual_started(SimClient *stack);
bool sim_dual_is_starting(const SimClient *client);
/* An operation of the process on both stacks: REGISTER, DEREGISTER or SUBSCRIBE. */
void sim_dual_operate(SimDual *dual, SimOp op, DistroService service, DistroPublication publication,
                      SimClientDone done, void *data);
/* That on the stack towards @node's cluster; asserted that there is one. */
void sim_dual_connect(SimDual *dual, uint32_t node, SimClientDone done, void *data);
void sim_dual_close(SimDual *dual, SimClientDone done, void *data);

/* --- dual_cache.c --------------------------------------------------------------------------- */
/* Where the shared cache holds @service; NULL: it is not subscribed to. */
SimSubscribed *sim_dual_cell(const SimDual *dual, DistroService service);
SimSubscribed *sim_dual_enter_cell(SimDual *dual, DistroService service);
/* Ideal: a list came for @stack. */
void sim_dual_take(SimClient *stack, DistroService service, uint32_t list, int64_t ref_ms);
/* Ideal: @stack has lost its server; what it knew counts no more while the other one knows
 * better. Nothing happens if it is no stack, or an agent's. */
void sim_dual_forget(SimClient *stack);
/* 1.x agent: both halves of a query have ended; the answers are in the stacks' entries. */
void sim_dual_queried(SimDual *dual, DistroService service, bool primary_ok, bool secondary_ok);
/* What the caller of a subscription is handed. */
void sim_dual_hand_out(SimDual *dual, DistroService service, bool primary_ok, bool secondary_ok);

/* --- nearby.c ------------------------------------------------------------------------------- */
/* A new list (sim/server/push.h) out of two; its lastRefTime is the primary's. */
uint32_t sim_dual_merge(const SimDual *dual, DistroService service, uint32_t primary,
                        uint32_t secondary);
