/* sim/check/raft.c -- what Raft promises. What runs beside the nodes watches it, event by event,
 * and reports; here it gets its names. The field heal is every check's; a broken promise is one at
 * any time. */
#include "sim/check/internal.h"

static void judge(Check *check)
{
    SimBeside *beside = check->world->beside;
    if (beside != NULL) {
        beside->finish(beside->data);
    }
}

const CheckClass sim_check_election_safety = {
    .type = { "election_safety", { { "heal", SIM_CHECK_FIELD_DURATION, 15000000 } } }
};
const CheckClass sim_check_log_matching = {
    .type = { "log_matching", { { "heal", SIM_CHECK_FIELD_DURATION, 15000000 } } }
};
const CheckClass sim_check_leader_completeness = {
    .type = { "leader_completeness", { { "heal", SIM_CHECK_FIELD_DURATION, 15000000 } } }
};
const CheckClass sim_check_state_machine_safety = {
    .type = { "state_machine_safety", { { "heal", SIM_CHECK_FIELD_DURATION, 15000000 } } }
};
const CheckClass sim_check_linearizable_writes = {
    .type = { "linearizable_writes", { { "heal", SIM_CHECK_FIELD_DURATION, 15000000 } } },
    .finish = judge
};
