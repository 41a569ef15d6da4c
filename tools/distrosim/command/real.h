/* tools/distrosim/command/real.h -- how distrosim real is carried out.
 *
 * What it needs (HTTP/2, TLS) would be loaded by every simulation, too, so it is a program of its
 * own, distrosim-real, which is this command with another real_run (tools/real/command/). */
#pragma once

#include "tools/distrosim/cli/arguments.h"
#include "tools/distrosim/cli/status.h"

ExitStatus real_run(const Arguments *arguments);
