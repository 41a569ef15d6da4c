/* tools/distrod/server/self.h -- who this server is to its peers.
 *
 * Members know each other by address, so a server must find itself in the list. It is known by the
 * address that was given; else by the member, at this port, that is the host's name; else by where
 * it listens. Where it listens anywhere: by the member that is one of the host's addresses; else by
 * the first of these that is no loopback. */
#pragma once

#include "tools/distrod/config/options.h"

/* "ip:port" (transfer full). @members: array of char *. */
char *reg_self_address(const RegOptions *options, const GPtrArray *members);
