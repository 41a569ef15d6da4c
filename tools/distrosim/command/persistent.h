/* tools/distrosim/command/persistent.h -- "may this service be persistent?", in a few lines of
 * advice. */
#pragma once

/* Plays the story of tools/protocol-study on Raft and on Distro, in a cluster of @servers over two
 * regions @rtt apart, and prints what was refused. Prints nothing if the story is not installed. */
void persistent_print(const char *rtt, unsigned servers);
