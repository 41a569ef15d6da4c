/* core/json/read/decode.c -- which reader a text is for. */
#include "core/json/read/decode.h"

#include "core/json/read/messages.h"

/* 1.x says these two, too, as HTTP: then no brace is the first letter. */
static bool is_v1(DistroOp op, const char *text, size_t size)
{
    const bool is_json = size > 0 && text[0] == '{';
    return op >= DISTRO_OP_DATUM ||
           (!is_json && (op == DISTRO_OP_SNAPSHOT || op == DISTRO_OP_REPORT));
}

DistroWireError distro_wire_json_decode(DistroDictionary *dictionary, DistroOp op, bool answer,
                                        const char *text, size_t size, DistroMessage *message)
{
    *message = (DistroMessage) { .op = op, .answer = answer };
    if ((unsigned)op >= DISTRO_N_OPS) {
        return DISTRO_WIRE_UNKNOWN_OP;
    }
    if (op == DISTRO_OP_FORWARD) {
        return distro_json_read_http(dictionary, text, size, message);
    }
    return is_v1(op, text, size) ? distro_json_read_v1(dictionary, text, size, message)
                                 : distro_json_read_client(dictionary, text, size, message);
}
