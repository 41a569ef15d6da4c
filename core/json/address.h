/* core/json/address.h -- "<ip>:<port>" in two. */
#pragma once

#include <stddef.h>

#include "core/dictionary.h"

/* What has no port of at most five digits is all ip, with port 0, the tag generator's default. */
typedef struct DistroAddress {
    const char *ip, *port;
    size_t ip_size, port_size;
} DistroAddress;

DistroAddress distro_address_split(const char *text);
/* Of a heartbeat client. */
DistroAddress distro_address_of_client(const DistroDictionary *dictionary, DistroClient client);
