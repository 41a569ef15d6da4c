/* tools/distrosim/run/state.c -- see state.h. */
#include "tools/distrosim/run/state.h"

#include "sim/server/server.h"
#include "sim/study/study.h"
#include "tools/distrosim/cli/format.h"

/* Names beyond these are counted, not told. */
#define MOST_NAMED 5

static void clear_state(void *data)
{
    NodeState *state = data;
    g_free(state->name);
    g_free(state->members);
    g_ptr_array_unref(state->lacks);
    g_ptr_array_unref(state->zombies);
}

static char *members_of(const SimWorld *world, const SimNode *node)
{
    static const char *const words[] = {
        [DISTRO_MEMBER_UP] = "UP",
        [DISTRO_MEMBER_SUSPICIOUS] = "SUSPICIOUS",
        [DISTRO_MEMBER_DOWN] = "DOWN",
    };
    GString *text = g_string_new(NULL);
    size_t count = 0;
    const DistroMemberInfo *members = distro_node_members(node->core, &count);
    for (size_t i = 0; i < count; i++) {
        const SimNode *other = sim_world_node_at(world, members[i].address);
        bool connected = members[i].rpc_running || other == node;
        if (members[i].state == DISTRO_MEMBER_UP && connected) {
            continue;
        }
        g_string_append_printf(text, "%s%s %s%s", text->len > 0 ? ", " : "",
                               other != NULL ? other->name : "?", words[members[i].state],
                               connected ? "" : ", not connected");
    }
    return g_string_free(text, false);
}

static void name_instance(const SimWorld *world, SimInstance instance, GPtrArray *names,
                          guint *more)
{
    if (names->len == MOST_NAMED) {
        (*more)++;
        return;
    }
    GString *text = g_string_new(NULL);
    sim_truth_append_instance(world->study->truth, instance, text);
    g_ptr_array_add(names, g_string_free(text, false));
}

static void compare_with_truth(const SimWorld *world, uint32_t node, NodeState *state)
{
    uint32_t count = sim_truth_instance_count(world->study->truth);
    for (SimInstance i = 0; i < count; i++) {
        if (!sim_truth_concerns(world->study->truth, node, i)) {
            continue;
        }
        SimInstanceState is = sim_truth_instance(world->study->truth, i)->state;
        bool listed = sim_truth_lists(world->study->truth, node, i);
        if (is == SIM_INSTANCE_LIVE && !listed) {
            name_instance(world, i, state->lacks, &state->more_lacks);
        } else if (is == SIM_INSTANCE_GONE && listed) {
            name_instance(world, i, state->zombies, &state->more_zombies);
        }
    }
}

static NodeState state_of(const SimWorld *world, const SimNode *node)
{
    NodeState state = {
        .name = g_strdup(node->name),
        .alive = node->alive,
        .loaded = node->loaded,
        .paused = node->paused,
        .lacks = g_ptr_array_new_with_free_func(g_free),
        .zombies = g_ptr_array_new_with_free_func(g_free),
    };
    if (!node->alive) {
        state.members = g_strdup("");
        return state;
    }
    DistroNodeState core = distro_node_state(node->core);
    state.listed = sim_truth_listed(world->study->truth, node->index);
    state.clients = core.clients;
    state.owned = core.owned;
    state.pending = core.pending;
    state.queued = core.queued + sim_server_queued(node);
    state.members = members_of(world, node);
    compare_with_truth(world, node->index, &state);
    return state;
}

GArray *state_take(const SimWorld *world)
{
    GArray *states = g_array_new(false, false, sizeof(NodeState));
    g_array_set_clear_func(states, clear_state);
    for (guint i = 0; i < world->nodes->len; i++) {
        NodeState state = state_of(world, sim_world_node(world, i));
        g_array_append_val(states, state);
    }
    return states;
}

/* --- in words ------------------------------------------------------------------------------- */

static void print_names(FILE *out, const char *what, const GPtrArray *names, guint more)
{
    for (guint i = 0; i < names->len; i++) {
        fprintf(out, "        %-6s %s\n", i == 0 ? what : "",
                (const char *)g_ptr_array_index(names, i));
    }
    if (more > 0) {
        fprintf(out, "               and %u more\n", more);
    }
}

static void print_node(FILE *out, const NodeState *state)
{
    fprintf(out, "      %s  ", state->name);
    if (!state->alive) {
        fputs("down\n", out);
        return;
    }
    g_autofree char *clients = format_plural(state->clients, "client");
    fprintf(out, "lists %u, holds %s (owns %u), %u pending, %u queued%s%s%s%s\n", state->listed,
            clients, state->owned, state->pending, state->queued,
            state->loaded ? "" : ", not loaded", state->paused ? ", paused" : "",
            *state->members != '\0' ? "; " : "", state->members);
    print_names(out, "lacks", state->lacks, state->more_lacks);
    print_names(out, "zombie", state->zombies, state->more_zombies);
}

void state_print(FILE *out, const GArray *state, int64_t at_us)
{
    g_autofree char *at = format_instant(at_us);
    fprintf(out, "state at %s\n", at);
    for (guint i = 0; i < state->len; i++) {
        print_node(out, &g_array_index(state, NodeState, i));
    }
}
