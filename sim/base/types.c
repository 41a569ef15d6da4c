/* sim/base/types.c -- how calls are spelt, how pairs are hashed. */
#include "sim/base/types.h"

#include <string.h>

static guint hash_pair(uint64_t pair)
{
    return (guint)(pair * 0x9e3779b97f4a7c15u >> 32);
}

uint64_t sim_mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

guint sim_hash_pair(gconstpointer key)
{
    return hash_pair(*(const uint64_t *)key);
}

guint sim_hash_packed(gconstpointer key)
{
    return hash_pair((uint64_t)(uintptr_t)key);
}

static const char *const other_ops[SIM_N_OPS] = {
    [SIM_OP_REGISTER] = "REGISTER", [SIM_OP_DEREGISTER] = "DEREGISTER",
    [SIM_OP_BEAT] = "BEAT",         [SIM_OP_SUBSCRIBE] = "SUBSCRIBE",
    [SIM_OP_QUERY] = "QUERY",       [SIM_OP_PUSH] = "PUSH",
    [SIM_OP_PING] = "PING",         [SIM_OP_DETECT] = "DETECT",
    [SIM_OP_SERVICES] = "SERVICES", [SIM_OP_APPEND] = "APPEND",
    [SIM_OP_VOTE] = "VOTE",         [SIM_OP_PREVOTE] = "PREVOTE",
    [SIM_OP_INSTALL] = "INSTALL",   [SIM_OP_WRITE] = "WRITE",
    [SIM_OP_CHECK] = "CHECK",
};

const DistroOpInfo *sim_op_info(SimOp op)
{
    if (sim_op_is_client(op) || sim_op_is_beside(op)) {
        return NULL;
    }
    const DistroOp number = op < SIM_OP_REGISTER ? op : op - (SIM_OP_CORE - SIM_OP_REGISTER);
    const DistroOpInfo *info = distro_op_find(number, false);
    return info != NULL ? info : distro_op_find(number, true);
}

bool sim_op_is(SimOp op, DistroRole role)
{
    const DistroOpInfo *info = sim_op_info(op);
    return info != NULL && info->role == role;
}

const char *sim_op_name(SimOp op)
{
    g_assert_cmpuint(op, <, SIM_N_OPS);
    const DistroOpInfo *info = sim_op_info(op);
    return info != NULL ? info->name : other_ops[op];
}

bool sim_op_parse(const char *name, SimOp *op)
{
    for (unsigned i = 0; i < SIM_N_OPS; i++) {
        if (g_strcmp0(sim_op_name((SimOp)i), name) == 0) {
            *op = (SimOp)i;
            return true;
        }
    }
    return false;
}
