/* tools/distrod/server/self.h -- who this server is to its peers.
 *
 * Members know each other by address, so a server must find itself in the list: the address that was
 * given; else the member that is one of the host's own addresses, or its name, at this port; else
 * where it listens; else the host's first address that is no loopback. */
#pragma once

#include "tools/distrod/config/options.h"

/* "ip:port" (transfer full). @members: array of char *. */
char *reg_self_address(const RegOptions *options, const GPtrArray *members);
