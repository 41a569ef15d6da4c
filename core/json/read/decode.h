/* core/json/read/decode.h -- Nacos's own JSON back to a message: for a host whose peers are real
 * servers. A library of its own, distro_json_read, since a host whose nodes share a dictionary
 * reads none. See core/wire_json.h for what does not come back as it went. */
#pragma once

#include "core/wire.h"

/* Decode @size bytes of @text, a message of kind (@op, @answer) as the transport announced it.
 * Unknown fields are ignored, as Nacos does, and the order of fields is free; publications come
 * out in order of their service numbers, and a service named twice is BAD_ORDER.
 * New names enter @dictionary only if the whole message is well-formed. Fields owning memory
 * (content.many, snapshot) are (transfer full): release with distro_message_clear. */
DistroWireError distro_wire_json_decode(DistroDictionary *dictionary, DistroOp op, bool answer,
                                        const char *text, size_t size, DistroMessage *message);
