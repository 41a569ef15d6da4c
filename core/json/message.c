/* core/json/message.c -- a message as Nacos's text, or only how long that is (wire_json.h). */
#include "core/json/common.h"
#include "core/json/write.h"
#include "core/v1/text.h"
#include "core/v2/text.h"
#include "core/wire_json.h"

static size_t put_common(GString *out, const DistroDictionary *dictionary,
                         const DistroMessage *message)
{
    DistroSink sink = { .text = out };
    distro_put_common(&sink, dictionary, message);
    return sink.size;
}

static size_t put_write(GString *out, const DistroDictionary *dictionary,
                        const DistroMessage *message)
{
    DistroSink sink = { .text = out };
    distro_put_write(&sink, dictionary, message);
    return sink.size;
}

static size_t put(GString *out, const DistroDictionary *dictionary, const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_REPORT:
    case DISTRO_OP_HEALTH:
    case DISTRO_OP_CONNECT:
        return put_common(out, dictionary, message);
    case DISTRO_OP_FORWARD:
        return put_write(out, dictionary, message);
    default:
        return message->op >= DISTRO_OP_DATUM || message->http
                   ? distro_v1_put(out, dictionary, message)
                   : distro_v2_put(out, dictionary, message);
    }
}

size_t distro_wire_json_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    return put(NULL, dictionary, message);
}

void distro_wire_json_encode(const DistroDictionary *dictionary, const DistroMessage *message,
                             GString *out)
{
    put(out, dictionary, message);
}
