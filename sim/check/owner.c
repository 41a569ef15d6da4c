/* sim/check/owner.c -- a heartbeat client has one owner, as far as nodes can talk about it.
 *
 * Who claims a client is kept as a bit per node, so a node whose healthy list changed is asked once
 * per client and no other node is asked at all. */
#include "sim/check/internal.h"

#define SECONDS(n) ((int64_t)(n)*1000000)

enum {
    OWNER_GRACE
};

typedef struct OwnedClient {
    bool watched;
    DistroClient id;
    DistroService service; /* that it published last, if any: 1.x has owners of services */
    uint32_t cluster;
    uint64_t *claims; /* a bit per node */
} OwnedClient;

typedef struct Owners {
    GArray *clients; /* OwnedClient */
    uint32_t words;  /* of .claims */
} Owners;

static OwnedClient *client_at(const Check *check, uint32_t client)
{
    return &g_array_index(((Owners *)check->own)->clients, OwnedClient, client);
}

static const SimNode *node_at(const Check *check, uint32_t node)
{
    return g_ptr_array_index(check->world->nodes, node);
}

static bool claims(const OwnedClient *client, uint32_t node)
{
    return client->claims[node / 64] >> node % 64 & 1;
}

/* Asks @node. Returns whether its answer is another than before. */
static bool ask(Check *check, OwnedClient *client, uint32_t node)
{
    const SimNode *asked = node_at(check, node);
    bool claim = asked->cluster == client->cluster && asked->alive && asked->core != NULL &&
                 distro_node_owns(asked->core, client->id, client->service);

    if (claim == claims(client, node)) {
        return false;
    }
    client->claims[node / 64] ^= UINT64_C(1) << node % 64;
    return true;
}

/* From when on two nodes that claim the client and can call each other both count for it;
 * INT64_MAX: there are no such two, or cuts stand between them and its server. Names the first. */
static bool find_rivals(const Check *check, uint32_t client, uint32_t *left, uint32_t *right,
                        int64_t *from_us)
{
    const OwnedClient *owned = client_at(check, client);
    uint32_t count = check->world->nodes->len;
    bool found = false;

    *from_us = INT64_MAX;
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = a + 1; claims(owned, a) && b < count; b++) {
            if (!claims(owned, b) || !sim_check_can_call(check, a, b)) {
                continue;
            }
            int64_t pair_us = MAX(sim_check_counts_for_client(check, a, client),
                                  sim_check_counts_for_client(check, b, client));
            if (found && pair_us >= *from_us) {
                continue;
            }
            found = true;
            *from_us = pair_us;
            *left = a;
            *right = b;
        }
    }
    return found;
}

static bool is_claimed(const Check *check, const OwnedClient *client)
{
    const Owners *owners = check->own;

    for (uint32_t i = 0; i < owners->words; i++) {
        if (client->claims[i] != 0) {
            return true;
        }
    }
    return false;
}

static void review(Check *check, uint32_t client)
{
    int64_t now_us = check->world->now_us, from_us;
    uint32_t left, right;

    if (is_claimed(check, client_at(check, client)) &&
        !find_rivals(check, client, &left, &right, &from_us)) {
        sim_stretch_close(check, CHECK_NO_NODE, client);
        return;
    }
    sim_stretch_open(check, CHECK_NO_NODE, client, now_us, now_us + check->values[OWNER_GRACE]);
    sim_stretch_judge_parked(check, CHECK_NO_NODE, client);
}

/* --- hooks ---------------------------------------------------------------------------------- */

/* A joining node may need another word of claims. */
static void make_room(Check *check)
{
    Owners *owners = check->own;
    uint32_t words = (check->world->nodes->len + 63) / 64;

    if (words <= owners->words) {
        return;
    }
    for (guint i = 0; i < owners->clients->len; i++) {
        OwnedClient *client = client_at(check, i);
        if (client->claims == NULL) {
            continue;
        }
        client->claims = g_renew(uint64_t, client->claims, words);
        for (uint32_t word = owners->words; word < words; word++) {
            client->claims[word] = 0;
        }
    }
    owners->words = words;
}

static OwnedClient *client_entry(Check *check, uint32_t client)
{
    Owners *owners = check->own;

    if (client >= owners->clients->len) {
        g_array_set_size(owners->clients, client + 1);
    }
    return client_at(check, client);
}

static void owner_client(Check *check, uint32_t client)
{
    Owners *owners = check->own;
    const SimClient *party = g_ptr_array_index(check->world->clients, client);
    DistroClient id = sim_client_id(party);

    OwnedClient *owned = client_entry(check, client);
    const DistroClientInfo *info =
        id == DISTRO_NONE ? NULL : distro_dictionary_client_info(check->world->dictionary, id);
    owned->watched = sim_client_open(party) && info != NULL && info->kind == DISTRO_CLIENT_IP_PORT;
    if (!owned->watched) {
        sim_stretch_close(check, CHECK_NO_NODE, client);
        return;
    }
    make_room(check);
    owned->id = id;
    owned->cluster = sim_client_cluster(party);
    if (owned->claims == NULL) {
        owned->claims = g_new0(uint64_t, owners->words);
    }
    for (uint32_t node = 0; node < check->world->nodes->len; node++) {
        ask(check, owned, node);
    }
    review(check, client);
}

/* A client is known by an id once it has registered something. */
static void owner_instance(Check *check, SimInstance instance)
{
    const SimInstanceInfo *info = sim_truth_instance(check->truth, instance);

    if (info->state != SIM_INSTANCE_LIVE || info->client >= check->world->clients->len) {
        return;
    }
    client_entry(check, info->client)->service = info->service;
    owner_client(check, info->client);
}

static void owner_owners(Check *check, uint32_t node)
{
    const Owners *owners = check->own;

    make_room(check);
    for (uint32_t i = 0; i < owners->clients->len; i++) {
        OwnedClient *client = client_at(check, i);
        if (client->watched && ask(check, client, node)) {
            review(check, i);
        }
    }
}

static void owner_node(Check *check, uint32_t node, NodeChange change)
{
    (void)change;
    owner_owners(check, node);
    sim_stretch_judge_all_parked(check);
}

static void owner_topology(Check *check)
{
    const Owners *owners = check->own;

    for (uint32_t i = 0; i < owners->clients->len; i++) {
        if (client_at(check, i)->watched) {
            review(check, i);
        }
    }
}

static void owner_start(Check *check)
{
    Owners *owners = check->own = g_new0(Owners, 1);

    owners->clients = g_array_new(false, true, sizeof(OwnedClient));
}

static void owner_clear(Check *check)
{
    Owners *owners = check->own;

    for (guint i = 0; i < owners->clients->len; i++) {
        g_free(client_at(check, i)->claims);
    }
    g_array_free(owners->clients, true);
}

/* --- judging -------------------------------------------------------------------------------- */

/* No node claims it: some loaded node must count for the client. Two do: both must. */
static int64_t owner_counts_from(const Check *check, uint32_t none, uint32_t client)
{
    uint32_t left, right;
    int64_t from_us = INT64_MAX;

    (void)none;
    if (find_rivals(check, client, &left, &right, &from_us)) {
        return from_us;
    }
    for (uint32_t node = 0; node < check->world->nodes->len; node++) {
        if (sim_check_is_judged(check, node) &&
            node_at(check, node)->cluster == client_at(check, client)->cluster) {
            from_us = MIN(from_us, sim_check_counts_for_client(check, node, client));
        }
    }
    return from_us;
}

static void owner_tell(Check *check, uint32_t none, uint32_t client, const Stretch *stretch)
{
    uint32_t left, right;
    int64_t from_us;
    double seconds = (double)(check->world->now_us - stretch->since_us) / 1e6;
    const char *name = sim_check_client_name(check, client);

    (void)none;
    if (find_rivals(check, client, &left, &right, &from_us)) {
        sim_check_tell(check, left, client, DISTRO_NONE,
                       "%s and %s both claim %s and can call each other, for %.1f s",
                       sim_check_node_name(check, left), sim_check_node_name(check, right), name,
                       seconds);
    } else {
        sim_check_tell(check, UINT32_MAX, client, DISTRO_NONE,
                       "no live node has claimed %s for %.1f s", name, seconds);
    }
}

const CheckClass sim_check_one_owner = {
    .type = { "one_owner",
              { { "grace", SIM_CHECK_FIELD_DURATION, SECONDS(40) },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = owner_start,
    .clear = owner_clear,
    .instance = owner_instance,
    .node = owner_node,
    .topology = owner_topology,
    .owners = owner_owners,
    .client = owner_client,
    .counts_from = owner_counts_from,
    .tell = owner_tell,
};
