/* sim/client/dual_cache.c -- one cache, two clusters that write to it.
 *
 *      2.x agent   answers and pushes as they come, from either: the last writer wins
 *      1.x agent   merged answers of queries; pushes as they come
 *      ideal       merged, whenever either cluster's list changes (cell), out of the two lists that
 *                  the stacks keep (entry) */
#include "sim/client/dual_internal.h"

SimSubscribed *sim_dual_cell(const SimDual *dual, DistroService service)
{
    for (uint32_t i = 0; i < dual->cells->len; i++) {
        SimSubscribed *cell = &g_array_index(dual->cells, SimSubscribed, i);
        if (cell->service == service) {
            return cell;
        }
    }
    return NULL;
}

SimSubscribed *sim_dual_enter_cell(SimDual *dual, DistroService service)
{
    SimSubscribed *found = sim_dual_cell(dual, service);
    if (found != NULL) {
        return found;
    }
    const SimSubscribed cell = { .service = service };
    g_array_append_val(dual->cells, cell);
    return sim_dual_cell(dual, service);
}

static uint32_t raw_list(const SimDual *dual, uint32_t leg, DistroService service)
{
    const SimSubscribed *entry = sim_client_subscribed(dual->stacks[leg], service);
    return entry != NULL ? entry->list : 0;
}

/* --- ideal ------------------------------------------------------------------------------------ */

static void merge_into_cell(const SimDual *dual, DistroService service)
{
    SimSubscribed *cell = sim_dual_cell(dual, service);
    if (cell == NULL) {
        return;
    }
    uint32_t merged = sim_dual_merge(dual, service, raw_list(dual, SIM_DUAL_PRIMARY, service),
                                     raw_list(dual, SIM_DUAL_SECONDARY, service));
    /* Two clocks do not compare: the order of arrival is the order here. */
    sim_client_write_cell(dual->stacks[SIM_DUAL_PRIMARY], cell, merged, cell->ref_ms);
}

void sim_dual_take(SimClient *stack, DistroService service, uint32_t list, int64_t ref_ms)
{
    SimSubscribed *entry = sim_client_subscribed(stack, service);
    if (entry == NULL) {
        return;
    }
    entry->ref_ms = ref_ms;
    sim_list_replace(stack->world, &entry->list, list);
    merge_into_cell(stack->dual, service);
}

void sim_dual_forget(SimClient *stack)
{
    const SimDual *dual = stack->dual;
    if (dual == NULL || !dual->ideal) {
        return;
    }
    uint32_t other = stack->leg == SIM_DUAL_PRIMARY ? SIM_DUAL_SECONDARY : SIM_DUAL_PRIMARY;
    for (uint32_t i = 0; stack->subscriptions != NULL && i < stack->subscriptions->len; i++) {
        SimSubscribed *entry = &g_array_index(stack->subscriptions, SimSubscribed, i);
        if (entry->list == 0 || raw_list(dual, other, entry->service) == 0) {
            continue;
        }
        sim_list_replace(stack->world, &entry->list, 0);
        merge_into_cell(dual, entry->service);
    }
}

/* --- agent ------------------------------------------------------------------------------------ */

/* A stack that has not subscribed, up to 2.0.3, gives what is in the cache. */
static uint32_t answer_of(const SimDual *dual, uint32_t leg, DistroService service)
{
    const SimSubscribed *entry = sim_client_subscribed(dual->stacks[leg], service);
    return entry != NULL ? entry->answered : sim_dual_cell(dual, service)->list;
}

/* If one side has no answer, the other's is taken as it is, unfiltered. */
static uint32_t combine(const SimDual *dual, DistroService service, bool primary_ok,
                        bool secondary_ok)
{
    uint32_t primary = answer_of(dual, SIM_DUAL_PRIMARY, service);
    uint32_t secondary = answer_of(dual, SIM_DUAL_SECONDARY, service);
    if (primary_ok && secondary_ok) {
        return sim_dual_merge(dual, service, primary, secondary);
    }
    return primary_ok ? primary : secondary;
}

/* A guard against two failures tests the primary's result twice, so the good answer of the
 * secondary alone is thrown away, without an error. */
void sim_dual_queried(SimDual *dual, DistroService service, bool primary_ok, bool secondary_ok)
{
    SimSubscribed *cell = sim_dual_cell(dual, service);
    if (!primary_ok || cell == NULL) {
        return;
    }
    SimClient *primary = dual->stacks[SIM_DUAL_PRIMARY];
    uint32_t list = combine(dual, service, primary_ok, secondary_ok);
    sim_client_write_cell(primary, cell, list, sim_list_wall_ms(primary->world, list));
}

void sim_dual_hand_out(SimDual *dual, DistroService service, bool primary_ok, bool secondary_ok)
{
    SimSubscribed *cell = sim_dual_cell(dual, service);
    if (cell == NULL || (!primary_ok && !secondary_ok)) {
        return;
    }
    uint32_t list = dual->ideal ? cell->list : combine(dual, service, primary_ok, secondary_ok);
    sim_list_replace(dual->stacks[SIM_DUAL_PRIMARY]->world, &cell->answered, list);
}
