/* core/protocol.c -- finding protocols and operations; the operations that all of them share. */
#include "core/protocol.h"

#include "core/json/common.h"
#include "core/json/write.h"

const DistroProtocol *distro_protocol_find(int64_t generation)
{
    for (size_t i = 0; i < distro_protocol_count; i++) {
        if (distro_protocols[i]->generation == generation) {
            return distro_protocols[i];
        }
    }
    return NULL;
}

/* --- common operations -------------------------------------------------------------------- */

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

static const DistroOpInfo report = {
    .name = "REPORT",
    .role = DISTRO_ROLE_REPORT,
    .request = { .target = DISTRO_AIM_NAMED },
    .answer = { .target = DISTRO_AIM_IF_ANY },
    .put = put_common,
};
static const DistroOpInfo report_over_http = {
    .name = "REPORT",
    .role = DISTRO_ROLE_REPORT,
    .http = true,
    .request = { .target = DISTRO_AIM_NAMED },
    .put = put_common,
};
static const DistroOpInfo health = { .name = "HEALTH",
                                     .role = DISTRO_ROLE_HEALTH,
                                     .put = put_common };
static const DistroOpInfo connect = { .name = "CONNECT",
                                      .role = DISTRO_ROLE_CONNECT,
                                      .put = put_common };
/* Its words are wire.c's business. */
static const DistroOpInfo forward = {
    .name = "FORWARD", .role = DISTRO_ROLE_WRITE, .http = true, .put = put_write
};

static const DistroOpInfo *find_common(DistroOp op, bool http)
{
    switch (op) {
    case DISTRO_OP_REPORT:
        return http ? &report_over_http : &report;
    case DISTRO_OP_HEALTH:
        return http ? NULL : &health;
    case DISTRO_OP_CONNECT:
        return http ? NULL : &connect;
    case DISTRO_OP_FORWARD:
        return http ? &forward : NULL;
    default:
        return NULL;
    }
}

static bool is_common(DistroOp op)
{
    return op >= DISTRO_OP_REPORT && op <= DISTRO_OP_FORWARD;
}

/* --- finding ------------------------------------------------------------------------------ */

static const DistroOpInfo *find_own(const DistroProtocol *protocol, DistroOp op, bool http)
{
    if (op >= protocol->op_count || protocol->ops[op].name == NULL ||
        protocol->ops[op].http != http) {
        return NULL;
    }
    return &protocol->ops[op];
}

const DistroOpInfo *distro_op_find(DistroOp op, bool http)
{
    if (is_common(op)) {
        return find_common(op, http);
    }
    for (size_t i = distro_protocol_count; i-- > 0;) {
        const DistroOpInfo *found = find_own(distro_protocols[i], op, http);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

const DistroOpInfo *distro_op_of(const DistroMessage *message)
{
    const DistroOpInfo *info = distro_op_find(message->op, message->http);
    if (info == NULL) {
        info = distro_op_find(message->op, !message->http);
    }
    g_assert_nonnull(info);
    return info;
}

bool distro_protocol_speaks(const DistroProtocol *protocol, DistroOp op, bool http)
{
    return (is_common(op) ? find_common(op, http) : find_own(protocol, op, http)) != NULL;
}
