/* sim/world/resident.c -- who is given a world's events, and who lives in it. */
#include "sim/world/world.h"

typedef struct Handler {
    SimEventHandler handle;
    void *data;
} Handler;

struct SimHandlers {
    Handler of[SIM_N_EVENT_KINDS];
    GArray *residents; /* SimResident */
};

struct SimHandlers *sim_handlers_new(void)
{
    struct SimHandlers *handlers = g_new0(struct SimHandlers, 1);
    handlers->residents = g_array_new(false, false, sizeof(SimResident));
    return handlers;
}

/* The resident that came last goes first. */
void sim_handlers_free(struct SimHandlers *handlers)
{
    const GArray *residents = handlers->residents;
    for (guint i = residents->len; i-- > 0;) {
        const SimResident *resident = &g_array_index(residents, SimResident, i);
        if (resident->free != NULL) {
            resident->free(resident->data);
        }
    }
    g_array_unref(handlers->residents);
    g_free(handlers);
}

void sim_world_handle(SimWorld *world, SimEventKind kind, SimEventHandler handle, void *data)
{
    world->handlers->of[kind] = (Handler) { handle, data };
}

void sim_world_dispatch(const SimWorld *world, uint64_t word)
{
    const Handler *handler = &world->handlers->of[sim_event_kind(word)];
    handler->handle(handler->data, sim_event_payload(word));
}

void sim_world_add_resident(SimWorld *world, SimResident resident)
{
    g_array_append_val(world->handlers->residents, resident);
}

void sim_residents_redraw(const SimWorld *world, uint64_t seed)
{
    const GArray *residents = world->handlers->residents;
    for (guint i = 0; i < residents->len; i++) {
        const SimResident *resident = &g_array_index(residents, SimResident, i);
        if (resident->redraw != NULL) {
            resident->redraw(resident->data, seed);
        }
    }
}

void sim_world_tell_booted(SimNode *node)
{
    const GArray *residents = node->world->handlers->residents;
    for (guint i = 0; i < residents->len; i++) {
        const SimResident *resident = &g_array_index(residents, SimResident, i);
        if (resident->booted != NULL) {
            resident->booted(resident->data, node);
        }
    }
}
