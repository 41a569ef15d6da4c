/* tests/distrod/support/waiting.h -- turning the loop until something has come true. */
#pragma once

#include "tools/distrod/base/loop.h"

/* Turn @loop until @holds says so of @data, at most for @limit_ms. Whether it came true. */
bool wait_until(RegLoop *loop, bool (*holds)(void *data), void *data, unsigned limit_ms);
/* Until *@count is at least @least. */
bool wait_for_count(RegLoop *loop, const unsigned *count, unsigned least);
/* Turn @loop for @ms. */
void turn_for(RegLoop *loop, unsigned ms);
