/* core/protocols.c -- the protocols of this program. */
#include "core/protocol.h"
#include "core/v1/protocol.h"
#include "core/v2/protocol.h"

const DistroProtocol *const distro_protocols[] = { &distro_protocol_v1, &distro_protocol_v2 };
const size_t distro_protocol_count = G_N_ELEMENTS(distro_protocols);
