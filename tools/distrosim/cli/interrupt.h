/* tools/distrosim/cli/interrupt.h -- has Ctrl-C been pressed?
 *
 * The first time is a question: whatever is under way stops at its next convenient moment, and
 * nothing is left half written. The second time ends the process. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

void interrupt_watch(void);
bool interrupt_seen(void);
const atomic_bool *interrupt_flag(void); /* what interrupt_seen reads */
