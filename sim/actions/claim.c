/* sim/actions/claim.c -- claims, their bindings and values: making and freeing. */
#include "sim/actions/claim.h"

static void free_value(void *data)
{
    SimValue *value = data;
    if (value == NULL) {
        return;
    }
    g_free(value->text);
    if (value->keys != NULL) {
        g_ptr_array_unref(value->keys);
    }
    if (value->items != NULL) {
        g_ptr_array_unref(value->items);
    }
    g_free(value);
}

SimValue *sim_value_new(SimValueKind kind, uint32_t index, char *text)
{
    SimValue *value = g_new0(SimValue, 1);
    *value = (SimValue) { .kind = kind, .index = index, .text = text };
    if (kind == SIM_VALUE_TABLE) {
        value->keys = g_ptr_array_new_with_free_func(g_free);
        value->items = g_ptr_array_new_with_free_func(free_value);
    }
    return value;
}

void sim_value_add(SimValue *table, char *key, SimValue *value)
{
    g_assert(table->kind == SIM_VALUE_TABLE);
    g_ptr_array_add(table->keys, key);
    g_ptr_array_add(table->items, value);
}

static void free_binding(void *data)
{
    SimBinding *binding = data;
    g_free(binding->name);
    free_value(binding->value);
    g_free(binding);
}

SimClaim *sim_claim_new(SimClaimKind kind)
{
    SimClaim *claim = g_new0(SimClaim, 1);
    claim->kind = kind;
    claim->node = claim->client = UINT32_MAX;
    claim->bindings = g_ptr_array_new_with_free_func(free_binding);
    return claim;
}

void sim_claim_bind(SimClaim *claim, const char *name, const void *identity, SimValue *value)
{
    SimBinding *binding = g_new0(SimBinding, 1);
    *binding = (SimBinding) { g_strdup(name), identity, value };
    g_ptr_array_add(claim->bindings, binding);
}

void sim_claim_free(SimClaim *claim)
{
    if (claim->op != NULL) {
        sim_action_free(claim->op);
    }
    g_ptr_array_unref(claim->bindings);
    g_free(claim->code);
    g_free(claim->message);
    g_free(claim->why_not);
    g_free(claim->states);
    g_free(claim);
}
