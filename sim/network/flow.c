/* sim/network/flow.c -- see flow.h. */
#include "sim/network/flow.h"

static const char *const names[SIM_N_FLOWS] = {
    [SIM_FLOW_SYNC] = "sync",   [SIM_FLOW_REPAIR] = "repair",     [SIM_FLOW_VERIFY] = "verify",
    [SIM_FLOW_LOAD] = "load",   [SIM_FLOW_REPORT] = "report",     [SIM_FLOW_HEALTH] = "health",
    [SIM_FLOW_WRITE] = "write", [SIM_FLOW_BEAT] = "beat",         [SIM_FLOW_QUERY] = "query",
    [SIM_FLOW_PUSH] = "push",   [SIM_FLOW_SERVICES] = "services", [SIM_FLOW_BESIDE] = "raft",
};

static const SimFlowClass by_role[] = {
    [DISTRO_ROLE_STATE] = SIM_FLOW_SYNC,     [DISTRO_ROLE_REMOVAL] = SIM_FLOW_SYNC,
    [DISTRO_ROLE_DIGEST] = SIM_FLOW_VERIFY,  [DISTRO_ROLE_REPAIR] = SIM_FLOW_REPAIR,
    [DISTRO_ROLE_LOAD] = SIM_FLOW_LOAD,      [DISTRO_ROLE_REPORT] = SIM_FLOW_REPORT,
    [DISTRO_ROLE_CONNECT] = SIM_FLOW_HEALTH, [DISTRO_ROLE_HEALTH] = SIM_FLOW_HEALTH,
    [DISTRO_ROLE_WRITE] = SIM_FLOW_WRITE,
};

static const SimFlowClass of_others[SIM_N_OPS] = {
    [SIM_OP_REGISTER] = SIM_FLOW_WRITE,    [SIM_OP_DEREGISTER] = SIM_FLOW_WRITE,
    [SIM_OP_BEAT] = SIM_FLOW_BEAT,         [SIM_OP_SUBSCRIBE] = SIM_FLOW_QUERY,
    [SIM_OP_QUERY] = SIM_FLOW_QUERY,       [SIM_OP_PUSH] = SIM_FLOW_PUSH,
    [SIM_OP_PING] = SIM_FLOW_HEALTH,       [SIM_OP_DETECT] = SIM_FLOW_HEALTH,
    [SIM_OP_SERVICES] = SIM_FLOW_SERVICES, [SIM_OP_APPEND] = SIM_FLOW_BESIDE,
    [SIM_OP_VOTE] = SIM_FLOW_BESIDE,       [SIM_OP_PREVOTE] = SIM_FLOW_BESIDE,
    [SIM_OP_INSTALL] = SIM_FLOW_BESIDE,    [SIM_OP_WRITE] = SIM_FLOW_BESIDE,
    [SIM_OP_CHECK] = SIM_FLOW_BESIDE,
};

const char *sim_flow_name(SimFlowClass class)
{
    return names[class];
}

SimFlowClass sim_flow_class(SimOp op, const DistroOpInfo *info, DistroPath path)
{
    if (info == NULL) {
        return of_others[op];
    }
    const DistroRole role = info->role;
    const bool repairs = role == DISTRO_ROLE_STATE && path == DISTRO_PATH_VERIFY;
    return repairs ? SIM_FLOW_REPAIR : by_role[role];
}

int64_t sim_flow_second_ends(int64_t now_us)
{
    return (now_us / 1000000 + 1) * 1000000;
}

static uint64_t sum(const uint64_t figures[SIM_N_FLOWS])
{
    uint64_t all = 0;
    for (int i = 0; i < SIM_N_FLOWS; i++) {
        all += figures[i];
    }
    return all;
}

uint64_t sim_flow_messages(const SimFlow *flow)
{
    return sum(flow->messages) + sum(flow->replies);
}

uint64_t sim_flow_bytes(const SimFlow *flow)
{
    return sum(flow->bytes) + sum(flow->reply_bytes);
}

void sim_flow_count(SimFlow *flow, int64_t now_us, SimFlowClass class, bool reply, uint64_t count,
                    uint64_t bytes)
{
    int64_t second = now_us / 1000000;
    if (second != flow->second) {
        flow->second = second;
        flow->second_messages = flow->second_bytes = 0;
    }
    (reply ? flow->replies : flow->messages)[class] += count;
    (reply ? flow->reply_bytes : flow->bytes)[class] += bytes;
    flow->second_messages += count;
    flow->second_bytes += bytes;
    flow->peak_messages = MAX(flow->peak_messages, flow->second_messages);
    flow->peak_bytes = MAX(flow->peak_bytes, flow->second_bytes);
}
