/* tools/distrosim/bench/instructions.c -- see instructions.h. */
#include "tools/distrosim/bench/instructions.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int counter = -1; /* the command's main thread alone counts */

bool instructions_begin(void)
{
    struct perf_event_attr wanted = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof wanted,
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    counter = (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0);
    return counter >= 0;
}

uint64_t instructions_end(void)
{
    uint64_t count = 0;
    if (counter < 0) {
        return 0;
    }
    if (read(counter, &count, sizeof count) != sizeof count) {
        count = 0;
    }
    close(counter);
    counter = -1;
    return count;
}
