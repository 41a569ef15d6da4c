/* core/wire.h -- messages to bytes and back: the only code that meets untrusted bytes.
 *
 * Two faces. The compact one, here, writes the numbers of a dictionary that both ends share and is
 * what a simulator moves about; wire_json.h is Nacos's own JSON, for hosts whose peers have other
 * dictionaries. Each compact frame knows how many bytes Nacos's JSON would take, so what is
 * counted is what Nacos would put on the wire.
 *
 *      frame = head (fixed, by value) + body (shared, reference-counted, may be absent)
 *
 *      head   0      1        2        4         8          12         16         20
 *             op     answer,  status   subject   revision   count      only, or   target
 *                    HTTP                                              body size
 *      body   a content: count publication numbers, ascending by service
 *             a list of count elements (v2/snapshot.h, v1/lists.h)
 *
 * A client that publishes one service, the common case, travels in the head alone (.only). All
 * integers are little-endian, 32 bits unless drawn narrower. The subject is a client, a service or
 * a namespace, as the operation's layout says (protocol.h). FORWARD, which has other things to say,
 * puts the service where the revision stands, the kind of write for the count and the publication
 * for the body word. What a message has no use for is zero, and a frame in which it is not is
 * refused, so equal messages are equal bytes.
 *
 * Bodies are shared with contents in memory, so the host must be little-endian too. */
#pragma once

#include "core/message.h"

/* Encode. The frame owns its body reference. @message must be well-formed (asserted). */
DistroFrame distro_wire_encode(const DistroDictionary *dictionary, const DistroMessage *message);
/* The same in its place: a frame just written and copied makes the processor wait for its bytes. */
void distro_wire_write(const DistroDictionary *dictionary, const DistroMessage *message,
                       DistroFrame *frame);
/* An answer to @request that says nothing but its status. */
DistroFrame distro_wire_answer(const DistroFrame *request, DistroStatus status);
/* What stands in the head of a frame that may be anything: its operation, whether it is said over
 * HTTP and is an answer, and the number of its subject. */
DistroOp distro_wire_op(const DistroFrame *frame);
bool distro_wire_is_http(const DistroFrame *frame);
bool distro_wire_is_answer(const DistroFrame *frame);
uint32_t distro_wire_subject(const DistroFrame *frame);
/* The revision in @frame, of an operation whose request has one (DistroLayout.revision). */
int32_t distro_wire_revision(const DistroFrame *frame);
/* Decode @frame into @message, whose pointers borrow from the frame. On error @message is
 * unspecified. */
DistroWireError distro_wire_decode(const DistroDictionary *dictionary, const DistroFrame *frame,
                                   DistroMessage *message);
