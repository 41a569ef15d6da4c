/* core/json/read/decode.c -- which reader a text is for. */
#include "core/json/read/decode.h"

#include "core/json/read/messages.h"
#include "core/protocol.h"

/* Some operations are said both ways: then the first letter of HTTP is no brace. */
static bool is_over_http(DistroOp op, const char *text, size_t size)
{
    const bool is_json = size > 0 && text[0] == '{';
    return distro_op_find(op, true) != NULL && (distro_op_find(op, false) == NULL || !is_json);
}

DistroWireError distro_wire_json_decode(DistroDictionary *dictionary, DistroOp op, bool answer,
                                        const char *text, size_t size, DistroMessage *message)
{
    *message = (DistroMessage) { .op = op, .answer = answer };
    message->http = is_over_http(op, text, size);
    if (distro_op_find(op, message->http) == NULL) {
        return DISTRO_WIRE_UNKNOWN_OP;
    }
    if (op == DISTRO_OP_FORWARD) {
        return distro_json_read_http(dictionary, text, size, message);
    }
    return message->http ? distro_json_read_v1(dictionary, text, size, message)
                         : distro_json_read_client(dictionary, text, size, message);
}
