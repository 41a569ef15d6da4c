/* tools/distrosim/cli/version.h -- which distrosim is this? "0.1.0+5f2992e".
 *
 * A run is scenario, seed and commit, so results name the commit. tools/version.cmake writes the
 * definition anew when another commit is built. */
#pragma once

extern const char distrosim_version[];
