/* sim/world/observe.c -- see observe.h. */
#include "sim/world/observe.h"

static void note_listener(struct SimObservers *observers, SimNewsKind kind, uint32_t number,
                          bool listens)
{
    if (listens) {
        observers->listeners[kind] |= (uint8_t)(1u << number);
    }
}

void sim_world_observe(SimWorld *world, const SimObserver *items, size_t count)
{
    struct SimObservers *observers = world->observers;
    g_assert_cmpuint(observers->count, ==, 0);
    g_assert_cmpuint(count, <=, SIM_MOST_OBSERVERS);
    g_assert_cmpuint(world->events, ==, 0);
    for (uint32_t i = 0; i < count; i++) {
        observers->items[i] = items[i];
#define X(name, type) note_listener(observers, SIM_NEWS_##name, i, items[i].name != NULL);
        SIM_NEWS(X)
#undef X
    }
    observers->count = (uint32_t)count;
}
