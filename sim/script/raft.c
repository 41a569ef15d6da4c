/* sim/script/raft.c -- what a story does to Raft, and reads of it: voters, disks. */
#include "sim/raft/group.h"

#include "sim/actions/record.h"
#include "sim/script/nodes.h"

/* --- voters ---------------------------------------------------------------------------------- */

/* JRaft knows no other state: who has failed is no follower, either, and says nothing. */
static const char *role_name(SimRaftRole role)
{
    switch (role) {
    case SIM_RAFT_LEADER:
        return "leader";
    case SIM_RAFT_CANDIDATE:
        return "candidate";
    case SIM_RAFT_FOLLOWER:
        return "follower";
    default:
        return "learner";
    }
}

int sim_node_raft(lua_State *L) /* n:raft() */
{
    const uint32_t index = sim_handle_self(L, SIM_HANDLE_NODE, "raft");
    const SimNode *node = sim_world_node(sim_check_world(L, "raft"), index);
    SimRaftStatus status;
    sim_check_raft(L, "raft");
    if (!sim_raft_status(node, &status)) {
        lua_pushnil(L);
        return 1;
    }
    lua_createtable(L, 0, 5);
    lua_pushstring(L, role_name(status.role));
    lua_setfield(L, -2, "role");
    lua_pushinteger(L, (lua_Integer)status.term);
    lua_setfield(L, -2, "term");
    lua_pushinteger(L, (lua_Integer)status.commit);
    lua_setfield(L, -2, "commit");
    lua_pushinteger(L, (lua_Integer)status.applied);
    lua_setfield(L, -2, "applied");
    if (status.leader != NULL) {
        lua_pushstring(L, status.leader->name);
        lua_setfield(L, -2, "leader");
    }
    return 1;
}

/* --- disks ----------------------------------------------------------------------------------- */

static char *faults_text(const SimRaftDiskFaults *faults)
{
    g_autofree char *latency = sim_lua_duration(faults->latency_us);
    return g_strdup_printf("{ latency = %s, full = %s, torn = %s, lose_unsynced = %s }", latency,
                           faults->full ? "true" : "false", faults->torn ? "true" : "false",
                           faults->lose_unsynced ? "true" : "false");
}

static int world_disk(lua_State *L) /* w:disk(n, { latency=, full=, torn=, lose_unsynced= }, d) */
{
    static const char *const names[] = { "latency", "full", "torn", "lose_unsynced", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "disk");
    lua_settop(L, 4); /* w n faults d */
    const SimWorld *world = sim_check_acting(L, "disk");
    sim_check_raft(L, "disk");
    const SimNodeList *list = sim_check_nodes(L, 2, "disk");
    SimRaftDiskFaults faults = { .latency_us = SIM_RAFT_DISK_LATENCY_US };
    sim_options(L, 3, "disk", names);
    sim_opt_duration(L, 3, "latency", &faults.latency_us);
    sim_opt_boolean(L, 3, "full", &faults.full);
    sim_opt_boolean(L, 3, "torn", &faults.torn);
    sim_opt_boolean(L, 3, "lose_unsynced", &faults.lose_unsynced);
    const int64_t for_us =
        lua_isnoneornil(L, 4) ? SIM_SCRIPT_TIME_LIMIT : sim_duration_us(L, 4, "disk");
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        g_autofree char *text = faults_text(&faults);
        sim_record_node(node->world, node, "disk", for_us, text);
        sim_raft_set_disk(node, &faults, for_us);
    }
    return 0;
}

static int world_wipe(lua_State *L) /* w:wipe(n) */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "wipe");
    const SimWorld *world = sim_check_acting(L, "wipe");
    sim_check_raft(L, "wipe");
    const SimNodeList *list = sim_check_nodes(L, 2, "wipe");
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        sim_record_node(node->world, node, "wipe", -1, NULL);
        sim_raft_wipe(node);
    }
    return 0;
}

const luaL_Reg sim_world_raft_verbs[] = {
    { "disk", world_disk },
    { "wipe", world_wipe },
    { NULL, NULL },
};
