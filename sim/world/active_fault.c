/* sim/world/active_fault.c -- see active_fault.h. */
#include "sim/world/active_fault.h"

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

static bool is_between(const SimActiveFault *fault, SimGroup a, SimGroup b)
{
    if (fault->kind != SIM_FAULT_CUT && fault->kind != SIM_FAULT_LINK) {
        return false;
    }
    const SimGroup *groups = fault->groups;
    return (equal_groups(groups[0], a) && equal_groups(groups[1], b)) ||
           (equal_groups(groups[0], b) && equal_groups(groups[1], a));
}

static SimActiveFault *copy_of(const SimActiveFault *fault)
{
    SimActiveFault *copy = g_memdup2(fault, sizeof *fault);
    SimGroup *groups = g_new(SimGroup, fault->count);
    for (size_t i = 0; i < fault->count; i++) {
        const SimGroup *from = &fault->groups[i];
        groups[i] =
            (SimGroup) { g_memdup2(from->items, from->count * sizeof *from->items), from->count };
    }
    copy->groups = groups;
    return copy;
}

void sim_active_fault_free(gpointer data)
{
    SimActiveFault *fault = data;
    for (size_t i = 0; i < fault->count; i++) {
        g_free((gpointer)fault->groups[i].items);
    }
    g_free((gpointer)fault->groups);
    g_free(fault);
}

void sim_active_fault_keep(GPtrArray *all, const SimActiveFault *fault)
{
    if (fault->kind == SIM_FAULT_HEAL) {
        for (guint i = all->len; i-- > 0;) {
            if (is_between(all->pdata[i], fault->groups[0], fault->groups[1])) {
                g_ptr_array_remove_index(all, i);
            }
        }
        if (all->len == 0) {
            return;
        }
    }
    g_ptr_array_add(all, copy_of(fault));
}

void sim_active_fault_forget(GPtrArray *all)
{
    g_ptr_array_set_size(all, 0);
}
