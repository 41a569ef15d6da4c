/* tools/distrosim/bench/instructions.h -- instructions that this process has executed.
 *
 * They are counted by Linux perf events, which virtual machines often lack. On a busy machine they
 * are steadier than time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of this thread, from now on, in user mode. False if the machine does not count. */
bool instructions_begin(void);
/* Since instructions_begin, which it ends; 0 if they were not counted. */
uint64_t instructions_end(void);
