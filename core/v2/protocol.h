/* core/v2/protocol.h -- Nacos 2.x and 3.x: Distro by client, over gRPC. */
#pragma once

#include "core/protocol.h"

extern const DistroProtocol distro_protocol_v2;
