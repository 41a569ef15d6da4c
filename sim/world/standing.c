/* sim/world/standing.c -- see standing.h. */
#include "sim/world/standing.h"

#include <string.h>

static bool equal_groups(SimGroup a, SimGroup b)
{
    if (a.count != b.count) {
        return false;
    }
    for (size_t i = 0; i < a.count; i++) {
        if (a.items[i].kind != b.items[i].kind || a.items[i].index != b.items[i].index) {
            return false;
        }
    }
    return true;
}

static bool is_between(const SimStanding *standing, SimGroup a, SimGroup b)
{
    if (standing->kind != SIM_STANDING_CUT && standing->kind != SIM_STANDING_LINK) {
        return false;
    }
    const SimGroup *groups = standing->groups;
    return (equal_groups(groups[0], a) && equal_groups(groups[1], b)) ||
           (equal_groups(groups[0], b) && equal_groups(groups[1], a));
}

static SimStanding *copy_of(const SimStanding *standing)
{
    SimStanding *copy = g_memdup2(standing, sizeof *standing);
    SimGroup *groups = g_new(SimGroup, standing->count);
    for (size_t i = 0; i < standing->count; i++) {
        const SimGroup *from = &standing->groups[i];
        groups[i] =
            (SimGroup) { g_memdup2(from->items, from->count * sizeof *from->items), from->count };
    }
    copy->groups = groups;
    return copy;
}

void sim_standing_free(gpointer data)
{
    SimStanding *standing = data;
    for (size_t i = 0; i < standing->count; i++) {
        g_free((gpointer)standing->groups[i].items);
    }
    g_free((gpointer)standing->groups);
    g_free(standing);
}

void sim_standing_keep(SimWorld *world, const SimStanding *standing)
{
    GPtrArray *all = world->standing;
    if (standing->kind == SIM_STANDING_HEAL) {
        for (guint i = all->len; i-- > 0;) {
            if (is_between(all->pdata[i], standing->groups[0], standing->groups[1])) {
                g_ptr_array_remove_index(all, i);
            }
        }
        if (all->len == 0) {
            return;
        }
    }
    g_ptr_array_add(all, copy_of(standing));
}

void sim_standing_forget(SimWorld *world)
{
    g_ptr_array_set_size(world->standing, 0);
}
