/* core/v1/protocol.h -- Nacos 1.x: Distro by service, over HTTP. */
#pragma once

#include "core/protocol.h"

extern const DistroProtocol distro_protocol_v1;
