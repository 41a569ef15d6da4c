/* tools/distrosim/cli/status.h -- the exit statuses, and which of two is worse. */
#pragma once

#include <stddef.h>

typedef enum ExitStatus {
    STATUS_HELD = 0,
    STATUS_UNSAFE = 1,
    STATUS_DIVERGED = 2,
    STATUS_VACUOUS = 3,
    STATUS_NONDETERMINISTIC = 4,
    STATUS_USAGE = 64,
    STATUS_WRONG_SCENARIO = 65,
    STATUS_NO_FILE = 66,
    STATUS_UNAVAILABLE = 69,
    STATUS_INTERNAL = 70,
    STATUS_CANNOT_WRITE = 74,
    STATUS_INTERRUPTED = 130,
} ExitStatus;

/* Of two runs of one command, the status that the command ends with. */
ExitStatus status_worse(ExitStatus one, ExitStatus other);

/* All of them, in order of number, and what each says. */
size_t status_count(void);
ExitStatus status_at(size_t index);
const char *status_about(ExitStatus status);
