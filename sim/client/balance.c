/* sim/client/balance.c -- which server a connection reaches, see balance.h. */
#include "sim/client/balance.h"

#include "core/mix.h"
#include "sim/client/internal.h"

uint32_t sim_balance_addresses(const SimClient *client)
{
    return client->balance.spec.way == SIM_BALANCE_LIST ? client->n_servers : 1;
}

/* The servers of its cluster as they are now: a balancer's are those of its deployment. */
static bool is_behind(const SimClient *client, const SimNode *node)
{
    return node->member && node->cluster == sim_client_cluster(client) &&
           (!client->balance.spec.site || node->site == client->site);
}

static bool probe_answers(const SimClient *client, const SimNode *node)
{
    return node->alive && !node->paused && node->ready && !sim_node_is_starting(node) &&
           !sim_network_is_black_hole(client->world->network, sim_client_self(client),
                                      sim_node_endpoint(node->index));
}

/* The next after the one that was taken last, of those that @client may be passed on to. */
static uint32_t take_turn(const SimClient *client, bool probed)
{
    const SimWorld *world = client->world;
    SimClusterSpec *cluster =
        &g_array_index(world->clusters, SimClusterSpec, sim_client_cluster(client));
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const uint32_t index = (cluster->turn + i) % world->nodes->len;
        const SimNode *node = sim_world_node(world, index);
        if (is_behind(client, node) && (!probed || probe_answers(client, node))) {
            cluster->turn = index + 1;
            return index;
        }
    }
    return UINT32_MAX;
}

static void resolve(SimClient *client)
{
    GArray **addresses = &client->balance.addresses;
    if (*addresses == NULL) {
        *addresses = g_array_new(false, false, sizeof(uint32_t));
    }
    g_array_set_size(*addresses, 0);
    const uint32_t first = take_turn(client, true);
    const SimWorld *world = client->world;
    for (uint32_t i = 0; first != UINT32_MAX && i < world->nodes->len; i++) {
        const uint32_t index = (first + i) % world->nodes->len;
        const SimNode *node = sim_world_node(world, index);
        if (is_behind(client, node) && probe_answers(client, node)) {
            g_array_append_val(*addresses, index);
        }
    }
    client->balance.resolved_us = world->now_us;
    client->balance.next = 0;
}

/* InetAddress keeps what it was told for its time to live. That there was no address it keeps for
 * 10 s (networkaddress.cache.negative.ttl); here the next try asks again. */
static uint32_t take_address(SimClient *client, bool again)
{
    const GArray *addresses = client->balance.addresses;
    if (addresses == NULL || addresses->len == 0 ||
        client->world->now_us - client->balance.resolved_us >= client->balance.spec.ttl_us) {
        resolve(client);
        addresses = client->balance.addresses;
    } else if (again) {
        client->balance.next++;
    }
    return addresses->len > 0
               ? g_array_index(addresses, uint32_t, client->balance.next % addresses->len)
               : UINT32_MAX;
}

uint32_t sim_balance_take(SimClient *client, bool again)
{
    switch (client->balance.spec.way) {
    case SIM_BALANCE_READINESS:
        return take_turn(client, true);
    case SIM_BALANCE_ROUND_ROBIN:
        return take_turn(client, false);
    case SIM_BALANCE_DNS:
        return take_address(client, again);
    default:
        g_assert_not_reached();
    }
}

uint64_t sim_balance_digest(const SimClient *client)
{
    if (client->balance.spec.way == SIM_BALANCE_LIST) {
        return 0;
    }
    const GArray *addresses = client->balance.addresses;
    const SimWorld *world = client->world;
    uint64_t digest = sim_world_cluster(world, sim_client_cluster(client))->turn;
    for (guint i = 0; addresses != NULL && i < addresses->len; i++) {
        digest = distro_mix(digest, g_array_index(addresses, uint32_t, i));
    }
    const int64_t age_us = world->now_us - client->balance.resolved_us;
    digest = distro_mix(digest, (uint64_t)MIN(age_us, client->balance.spec.ttl_us));
    return distro_mix(digest, client->balance.next);
}
