/* sim/base/installed.h -- distrosim's own files: scenarios with library and tables, plots, styles.
 *
 * They stand in share/distrosim, in the folder of the running program or in the one above it:
 *
 *      /usr/bin/distrosim                  /usr/share/distrosim/scenarios/
 *      build/release/tests/test_script     build/release/share/distrosim/scenarios -> the sources
 *
 * No path is compiled in, so an installation and a build may be moved. */
#pragma once

/* The file or folder @relative, such as "scenarios/lib", in there; NULL if there is none. What the
 * running program is does not change, so equal calls give equal paths. (transfer full) */
char *sim_installed_path(const char *relative);
