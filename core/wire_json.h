/* core/wire_json.h -- Nacos's own JSON for every message (PROTOCOL.md 11.2, 11.3).
 *
 * GLib has no JSON and the core links nothing else, so a small writer lives here, and a
 * strict reader in json/read/. Field order, omitted nulls and base64 content follow Nacos; Distro
 * content is JSON inside base64 inside JSON. FORWARD is HTTP: a request line's path and parameters,
 * no JSON body; so are the messages of 1.x, with a body (v1/text.h).
 *
 * What does not come back as it went, because Nacos's text does not carry it:
 *
 *   - entries of an extend map: a null is left out (Jackson's NON_NULL), a whole number that fits
 *     an Integer is one, a double that is not finite comes back as a string;
 *   - of a FORWARD, what SDK 1.x cannot say: the instance stands at the client's own ip and port;
 *     REGISTER carries metadata as strings, a null cluster is DEFAULT, and a weight of 1.0 or an
 *     enabled instance is left unsaid in the map (ClientOperationService#getPublishInfo); a full
 *     BEAT carries no health and no enablement, so its instance is healthy and enabled; "ok"
 *     answers a REGISTER and a DEREGISTER alike and is decoded as the former's, a beat's answer
 *     as the full BEAT's; an id without a port gets port 0;
 *   - of 1.x's instances likewise, that metadata is not a string, and that a cluster is null;
 *     services whose names hold the separators of their keys, "##", "@@" and, in a PULL, a comma;
 *   - VERIFY, HEALTH and CONNECT requests name no sender; a REPORT carries the reporter's address
 *     amid a node description that is otherwise fixed and plausible. */
#pragma once

#include "core/wire.h"

/* Bytes that distro_wire_json_encode would produce, by arithmetic and without producing them. */
size_t distro_wire_json_size(const DistroDictionary *dictionary, const DistroMessage *message);

/* The text itself, appended to @out. CONNECT stands for two requests, ServerCheckRequest and
 * ConnectionSetupRequest, which follow one another without a byte between them. */
void distro_wire_json_encode(const DistroDictionary *dictionary, const DistroMessage *message,
                             GString *out);
