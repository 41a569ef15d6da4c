/* sim/bridge/slots.h -- so many slots; who finds none waits in order. A lock has one slot. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "sim/bridge/bridge.h"

typedef struct SimSlots {
    SimWorker *worker;
    uint32_t slots, busy;
    GArray *waiting; /* Waiting, from .first on */
    uint32_t first;
    bool draining;
    /* Starts what @token stands for; false: there is no such thing any more. */
    bool (*run)(SimWorker *worker, uint32_t token);
} SimSlots;

void sim_slots_init(SimSlots *pool, SimWorker *worker, uint32_t slots,
                    bool (*run)(SimWorker *worker, uint32_t token));
void sim_slots_clear(SimSlots *pool);
void sim_slots_submit(SimSlots *pool, uint32_t token);
void sim_slots_release(SimSlots *pool); /* one that ran has ended */
uint32_t sim_slots_waiting(const SimSlots *pool);
/* Since when the first waits; now if none does. */
int64_t sim_slots_oldest_us(const SimSlots *pool);
