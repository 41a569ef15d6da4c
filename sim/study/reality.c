/* sim/study/reality.c -- what is seen of real servers enters the world. */
#include "sim/study/reality.h"

#include "sim/world/observe.h"

void sim_reality_ready(SimNode *node)
{
    SimWorld *world = node->world;
    if (!node->alive || node->ready) {
        return;
    }
    node->loaded = node->ready = true;
    sim_world_trace(world, sim_trace_kind_of(DISTRO_EVENT_LOADED), node->index, SIM_NO_ENDPOINT, 0,
                    0);
    sim_world_trace(world, sim_trace_kind_of(DISTRO_EVENT_READY), node->index, SIM_NO_ENDPOINT, 0,
                    0);
    sim_tell_node_loaded(world, node);
    world->changed = true;
}

/* How it came there nothing tells: what a server got from its own client is no push. */
static DistroPath path_to(const SimNode *node, DistroClient client)
{
    const SimClient *publisher = sim_world_client_of_id(node->world, client);
    const bool own = publisher != NULL && sim_client_server(publisher) == node->index;
    return own ? DISTRO_PATH_LOCAL : DISTRO_PATH_PUSH;
}

void sim_reality_view(SimNode *node, DistroClient client, DistroService service,
                      DistroPublication before, DistroPublication after)
{
    SimWorld *world = node->world;
    sim_world_trace(world, SIM_TRACE_VIEW, node->index, SIM_NO_ENDPOINT, client,
                    (int64_t)((uint64_t)before << 32 | after));
    const SimViewNews news = {
        .node = node->index,
        .client = client,
        .service = service,
        .before = before,
        .after = after,
        .path = path_to(node, client),
    };
    sim_tell_view_changed(world, &news);
    world->changed = true;
}

void sim_reality_outcome(SimWorld *world, const SimCall *call, DistroOutcome outcome,
                         const DistroFrame *frame)
{
    sim_client_take_outcome(sim_world_client(world, sim_endpoint_index(call->from)), call, outcome,
                            frame);
    world->changed = true;
}

void sim_reality_pushed(SimWorld *world, uint32_t client, DistroService service, uint32_t list,
                        int64_t wall_ms)
{
    sim_client_take_push(sim_world_client(world, client), service, list, wall_ms);
    world->changed = true;
}

void sim_reality_lost(SimWorld *world, uint32_t client, uint32_t node)
{
    sim_client_on_connection_lost(sim_world_client(world, client), node);
    world->changed = true;
}

void sim_reality_known_as(SimWorld *world, uint32_t client, DistroClient id)
{
    g_hash_table_insert(world->client_by_id, GUINT_TO_POINTER(id), GUINT_TO_POINTER(client + 1));
}

void sim_reality_look(SimWorld *world)
{
    if (!world->stopped) {
        sim_world_look(world);
    }
}
