/* sim/raft/persistent.c -- what is replicated, as each server has it. */
#include "sim/raft/server.h"

void sim_persistent_apply(SimRaftServer *server, uint64_t index, GBytes *bytes)
{
    SimRaftCommand command;
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    if (!sim_raft_command_decode(server->raft->world->dictionary, data, size, &command)) {
        return;
    }
    sim_raft_machine_apply(server->machine, &command);
    sim_raft_note_applied(server, index, &command);
    server->raft->world->changed = true;
}

void sim_persistent_restore(SimRaftServer *server, GBytes *state)
{
    g_clear_pointer(&server->machine, sim_raft_machine_free);
    server->machine = sim_raft_machine_new(server->raft->world->dictionary);
    if (state != NULL) {
        g_assert_true(sim_raft_machine_restore(server->machine, state));
    }
    server->raft->world->changed = true;
}

void sim_persistent_expire(SimRaftServer *server)
{
    (void)server;
}
