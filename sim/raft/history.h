/* sim/raft/history.h -- was there one order of all writes that explains every answer?
 *
 * Writes begin and end, reads happen at one instant, and each concerns one key. A history is
 * linearizable if every operation can be given an instant between its beginning and its end so that
 * each read returns what was written last. It is if the operations on each key are, so each key is
 * looked at by itself.
 *
 * A write whose end was never heard of may have happened at any time since it began, or never; one
 * that was refused did not happen.
 *
 * No two writes to one key write the same value, so it is known which write a read saw, and an
 * order is found or excluded in n log n (Gibbons and Korach, Testing shared memories, 1997). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct SimWriteHistory SimWriteHistory;

SimWriteHistory *sim_history_new(void);
void sim_history_free(SimWriteHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimWriteHistory, sim_history_free)

/* Every key holds 0 at first, and no write writes that. The number given back is for the two
 * functions below. */
uint32_t sim_history_begin_write(SimWriteHistory *history, uint64_t key, uint64_t value);
void sim_history_end_write(SimWriteHistory *history, uint32_t write);    /* it was acknowledged */
void sim_history_refuse_write(SimWriteHistory *history, uint32_t write); /* it was not done */
void sim_history_read(SimWriteHistory *history, uint64_t key, uint64_t value);

/* True: linearizable. Else *@key (nullable) is the lowest that is not. */
bool sim_history_check(const SimWriteHistory *history, uint64_t *key);
