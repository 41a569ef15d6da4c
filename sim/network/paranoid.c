/* sim/network/paranoid.c -- sim_network_check(): calls and connections, each in the lists that it
 * belongs to and in no other. */
#include "sim/network/state.h"

/* Follows a list of calls; the number of those in it. */
static uint32_t check_calls_of(const SimNetwork *network, uint32_t first)
{
    uint32_t count = 0, before = 0;
    for (uint32_t entry = first; entry != 0; count++) {
        g_assert_cmpuint(entry, <=, network->n_slots);
        const SimCallSlot *slot = sim_net_slot_at(network, entry - 1);
        g_assert_true(slot->in_use);
        g_assert_cmpuint(slot->previous, ==, before);
        before = entry;
        entry = slot->next;
    }
    return count;
}

static uint32_t check_connections_of(const SimNetwork *network, uint32_t first, unsigned side)
{
    uint32_t count = 0, before = 0;
    for (uint32_t entry = first; entry != 0; count++) {
        g_assert_cmpuint(entry, <=, network->connections->len);
        const SimConnection *connection =
            &g_array_index(network->connections, SimConnection, entry - 1);
        g_assert_true(connection->in_use);
        g_assert_cmpuint(connection->previous[side], ==, before);
        before = entry;
        entry = connection->next[side];
    }
    return count;
}

static void check_parties(const SimNetwork *network, const GArray *parties, uint32_t *listed,
                          uint32_t connections[2])
{
    for (guint i = 0; i < parties->len; i++) {
        const SimNetEndpoint *party = &g_array_index(parties, SimNetEndpoint, i);
        *listed += check_calls_of(network, party->loose_calls);
        for (unsigned side = SIM_OPENER; side <= SIM_ACCEPTER; side++) {
            connections[side] += check_connections_of(network, party->connections[side], side);
        }
    }
}

static uint32_t count_free_slots(const SimNetwork *network)
{
    uint32_t count = 0;
    for (uint32_t entry = network->free_slots; entry != 0; count++) {
        g_assert_cmpuint(count, <, network->n_slots);
        const SimCallSlot *slot = sim_net_slot_at(network, entry - 1);
        g_assert_false(slot->in_use);
        entry = slot->next;
    }
    return count;
}

void sim_network_check(const SimNetwork *network)
{
    uint32_t listed = 0, ends[2] = { 0, 0 }, used = 0, open = 0;
    check_parties(network, network->nodes, &listed, ends);
    check_parties(network, network->clients, &listed, ends);
    for (guint i = 0; i < network->connections->len; i++) {
        const SimConnection *connection = &g_array_index(network->connections, SimConnection, i);
        open += connection->in_use;
        listed += connection->in_use ? check_calls_of(network, connection->calls) : 0;
    }
    for (uint32_t i = 0; i < network->n_slots; i++) {
        used += sim_net_slot_at(network, i)->in_use;
    }
    g_assert_cmpuint(used + count_free_slots(network), ==, network->n_slots);
    g_assert_cmpuint(listed, <=, used); /* a call whose connection has gone is in no list */
    g_assert_cmpuint(open + network->free_connections->len, ==, network->connections->len);
    g_assert_cmpuint(ends[SIM_OPENER], ==, open);
    g_assert_cmpuint(ends[SIM_ACCEPTER], ==, open);
    g_assert_cmpuint(g_hash_table_size(network->troubles), ==, network->n_troubles);
}
