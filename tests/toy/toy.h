/* tests/toy/toy.h -- a third protocol, to prove that a folder is all that one takes. */
#pragma once

#include "core/protocol.h"

extern const DistroProtocol toy_protocol;
