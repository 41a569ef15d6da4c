/* core/wire_json.c -- see wire_json.h. */
#include "core/wire_json.h"
#include "core/protocol.h"

size_t distro_wire_json_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    return distro_op_of(message)->put(NULL, dictionary, message);
}

void distro_wire_json_encode(const DistroDictionary *dictionary, const DistroMessage *message,
                             GString *out)
{
    distro_op_of(message)->put(out, dictionary, message);
}
