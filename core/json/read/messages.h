/* core/json/read/messages.h -- the readers that decode.c chooses from, by who says such a thing.
 *
 * Each fills in a @message whose op and answer are given. Names enter @dictionary only if the whole
 * text is sound: the readers go over it twice, first without a dictionary. */
#pragma once

#include "core/wire.h"

/* client.c: what servers of 2.x and 3.x say, JSON over gRPC. */
DistroWireError distro_json_read_client(DistroDictionary *dictionary, const char *text, size_t size,
                                        DistroMessage *message);
/* v1.c: what servers of 1.x say, over HTTP. */
DistroWireError distro_json_read_v1(DistroDictionary *dictionary, const char *text, size_t size,
                                    DistroMessage *message);
/* http.c: FORWARD, a request line with a form, or an HTTP answer. */
DistroWireError distro_json_read_http(DistroDictionary *dictionary, const char *text, size_t size,
                                      DistroMessage *message);
