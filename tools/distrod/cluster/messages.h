/* tools/distrod/cluster/messages.h -- the core's messages in Nacos's payloads, and back. */
#pragma once

#include "tools/distrod/cluster/members.h"

/* The type of the payload that carries a request @op. */
const char *reg_message_type(DistroOp op);
/* The type of its good answer. */
const char *reg_message_answer_type(DistroOp op);
/* Which request of the core's is a payload of @type with this JSON? False: none. */
bool reg_message_op(const char *type, const char *json, size_t size, DistroOp *op);

/* The JSON of @frame, a message of the core's; @members describes this server where a report wants
 * that. */
GString *reg_message_json(const RegMembers *members, const DistroDictionary *dictionary,
                          const DistroFrame *frame);
/* The frame of a message that a peer wrote as @json. False, and @error says why, if it is not one.
 * @peer (nullable) is set to the address of a report's or its answer's member, and @members learns
 * what that says of itself. */
bool reg_message_frame(RegMembers *members, DistroDictionary *dictionary, DistroOp op, bool answer,
                       const char *json, size_t size, DistroFrame *frame, DistroName *peer,
                       DistroWireError *error);
