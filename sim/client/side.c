/* sim/client/side.c -- clients as their world sees them. */
#include "sim/client/dual_internal.h"
#include "sim/client/fleet.h"

static void free_client(void *client)
{
    sim_client_free(client);
}

static void free_fleet(void *fleet)
{
    sim_fleet_free(fleet);
}

static void on_client_event(void *world, uint64_t payload)
{
    sim_client_event(sim_world_client(world, (uint32_t)(payload & SIM_EVENT_INDEX)), payload);
}

static void on_fleet_event(void *data, uint64_t payload)
{
    const SimWorld *world = data;
    sim_fleet_event(g_ptr_array_index(world->fleets, payload & SIM_EVENT_INDEX), payload);
}

static void redraw_clients(void *data, uint64_t seed)
{
    const SimWorld *world = data;
    for (guint i = 0; i < world->clients->len; i++) {
        sim_client_redraw(sim_world_client(world, i), seed);
    }
    for (guint i = 0; i < world->fleets->len; i++) {
        sim_fleet_redraw(world->fleets->pdata[i], seed);
    }
}

static void open_clients(SimWorld *world)
{
    g_ptr_array_set_free_func(world->clients, free_client);
    g_ptr_array_set_free_func(world->fleets, free_fleet);
    sim_world_add_resident(world, (SimResident) { .data = world, .redraw = redraw_clients });
    sim_world_handle(world, SIM_EVENT_CLIENT, on_client_event, world);
    sim_world_handle(world, SIM_EVENT_FLEET, on_fleet_event, world);
}

static uint32_t further_stack(const SimClient *client, uint32_t number)
{
    for (uint32_t leg = SIM_DUAL_SECONDARY; leg < SIM_DUAL_STACKS; leg++) {
        const SimClient *stack = sim_dual_stack(client, leg);
        if (stack != NULL && --number == 0) {
            return sim_client_index(stack);
        }
    }
    return UINT32_MAX;
}

const SimClientSide sim_client_side = {
    .open = open_clients,
    .on_request = sim_client_on_request,
    .on_outcome = sim_client_on_outcome,
    .on_connection_lost = sim_client_on_connection_lost,
    .name = sim_client_name,
    .site = sim_client_site,
    .stack = further_stack,
};
