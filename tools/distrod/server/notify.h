/* tools/distrod/server/notify.h -- a word to the service manager, where there is one
 * (sd_notify). */
#pragma once

#include <stdint.h>

/* Send @state, such as "READY=1", to the socket that the environment names; nothing without one. */
void reg_notify(const char *state);
/* How often the service manager wants to hear WATCHDOG=1 from this process, in microseconds; 0: not
 * at all. */
int64_t reg_notify_watchdog_us(void);
