/* tools/distrosim/sweep/signature.h -- what failures with one cause have in common.
 *
 * Seeds differ in names and numbers: n3 instead of n1, 18.2 s instead of 17.9 s. With those taken
 * out, failures with one cause say the same sentence, and can be counted together. */
#pragma once

#include "sim/run/run.h"

/* "n3 lacks shop-12 for 1.5 s" to "n# lacks shop-# for # s"; a list of alike things is one of them.
 * Only the first line counts. (transfer full) */
char *signature_of_text(const char *text);

/* Of the violation that decides: service and client, then what was seen. (transfer full) */
char *signature_of_result(const SimResult *result);
