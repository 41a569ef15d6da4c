/* sim/base/types.c -- how calls are spelt, how pairs are hashed. */
#include "sim/base/types.h"

#include <string.h>

static guint hash_pair(uint64_t pair)
{
    return (guint)(pair * 0x9e3779b97f4a7c15u >> 32);
}

guint sim_hash_pair(gconstpointer key)
{
    return hash_pair(*(const uint64_t *)key);
}

guint sim_hash_packed(gconstpointer key)
{
    return hash_pair((uint64_t)(uintptr_t)key);
}

static const char *const op_names[SIM_N_OPS] = {
    [SIM_OP_CHANGE] = "CHANGE",
    [SIM_OP_DELETE] = "DELETE",
    [SIM_OP_VERIFY] = "VERIFY",
    [SIM_OP_SNAPSHOT] = "SNAPSHOT",
    [SIM_OP_DISTRO_QUERY] = "DISTRO_QUERY",
    [SIM_OP_REPORT] = "REPORT",
    [SIM_OP_HEALTH] = "HEALTH",
    [SIM_OP_CONNECT] = "CONNECT",
    [SIM_OP_FORWARD] = "FORWARD",
    [SIM_OP_REGISTER] = "REGISTER",
    [SIM_OP_DEREGISTER] = "DEREGISTER",
    [SIM_OP_BEAT] = "BEAT",
    [SIM_OP_SUBSCRIBE] = "SUBSCRIBE",
    [SIM_OP_QUERY] = "QUERY",
    [SIM_OP_PUSH] = "PUSH",
    [SIM_OP_PING] = "PING",
    [SIM_OP_DETECT] = "DETECT",
    [SIM_OP_DATUM] = "DATUM",
    [SIM_OP_CHECKSUM] = "CHECKSUM",
    [SIM_OP_PULL] = "PULL",
    [SIM_OP_STATUS] = "STATUS",
    [SIM_OP_STATUSES] = "STATUSES",
    [SIM_OP_SERVICES] = "SERVICES",
};

const char *sim_op_name(SimOp op)
{
    g_assert_cmpuint(op, <, SIM_N_OPS);
    return op_names[op];
}

bool sim_op_parse(const char *name, SimOp *op)
{
    for (unsigned i = 0; i < SIM_N_OPS; i++) {
        if (strcmp(op_names[i], name) == 0) {
            *op = (SimOp)i;
            return true;
        }
    }
    return false;
}
