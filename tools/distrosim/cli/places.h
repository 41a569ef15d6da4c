/* tools/distrosim/cli/places.h -- where distrosim's own files are.
 *
 * Installed, they stand in share/distrosim beside the folder of the command; in a build tree, where
 * the sources are. */
#pragma once

/* The file @name of the kind @kind ("plot", "scenarios"); NULL if it is nowhere. (transfer full) */
char *places_find(const char *kind, const char *name);
