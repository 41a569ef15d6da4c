/* tests/toy/protocols.c -- the protocols of a program that knows the toy; being the newest, it is
 * what a server speaks that is told nothing else. */
#include "core/protocol.h"
#include "core/v1/protocol.h"
#include "core/v2/protocol.h"
#include "tests/toy/toy.h"

const DistroProtocol *const distro_protocols[] = { &distro_protocol_v1, &distro_protocol_v2,
                                                   &toy_protocol };
const size_t distro_protocol_count = G_N_ELEMENTS(distro_protocols);
