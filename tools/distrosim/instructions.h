/* tools/distrosim/instructions.h -- instructions that this process has executed, where the machine
 * counts them (Linux perf events); virtual machines often do not. Steadier than time on a busy one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of this thread, from now on, in user mode. False if nobody counts. */
bool instructions_begin(void);
/* Since instructions_begin, which it ends; 0 if nobody counted. */
uint64_t instructions_end(void);
