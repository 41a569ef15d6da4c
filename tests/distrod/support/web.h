/* tests/distrod/support/web.h -- HTTP requests that wait for their answer. */
#pragma once

#include "tools/distrod/base/loop.h"

/* Send @method to @url (with its query) and turn the loop until the answer is there: its body
 * (transfer full), and its code. Code 0: there was none. @header (nullable): "Name: value". */
char *web_call(RegLoop *loop, const char *method, const char *url, const char *header,
               unsigned *code);
