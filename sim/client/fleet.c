/* sim/client/fleet.c -- members drawn and started in order, and Poisson churn among them.
 *
 *      started        all members get a client at once; member i starts and registers at
 *                     start + over * i / clients, one event after the other
 *      churn          per kind an event at the next arrival, drawn when the one before arrives
 *
 * Members are picked from arrays out of which those that have gone drop when they are drawn: cheap,
 * and uniform over the rest. */
#include "sim/client/fleet.h"
#include "sim/client/dual.h"

#include <stdio.h>
#include <string.h>

#include "sim/world/world.h"

enum {
    FLEET_INDEX_BITS = 28
};

/* An event's payload: bits 0..27 the fleet, above them 0 for the next start or a churn's number,
 * from 1. */
typedef enum ChurnKind {
    CHURN_REGISTER,
    CHURN_DEREGISTER,
    CHURN_CLOSE,
    CHURN_KILL,
    CHURN_UPDATE,
    CHURN_CRASH,
    N_CHURN_KINDS,
} ChurnKind;

typedef struct Churn {
    ChurnKind kind;
    int64_t mean_us; /* between two arrivals */
    int64_t until_us;
    SimPrng prng;
} Churn;

typedef struct Member {
    uint32_t client;
    uint32_t first_service; /* position of its instances among services */
    uint32_t version;       /* how often it was updated */
} Member;

struct SimFleet {
    SimWorld *world;
    uint32_t index;
    SimFleetSpec spec; /* with copies of what it points to */
    SimSdk sdk;
    SimDualSpec dual; /* if spec.dual */
    SimPrng places;   /* streams "fleet/<name>/..." */
    SimPrng choices;
    SimPrng interests;
    SimPrng victims;
    double *rank_sums; /* zipf: sum of 1/k up to each rank */
    DistroService *services;
    GArray *member_services; /* positions in services, spec.instances per member */
    GArray *members;         /* Member */
    GArray *clients;         /* uint32_t: their indices, for readers */
    GArray *open;            /* positions of members that may be open */
    GArray *registered;      /* likewise, of those that have registered */
    GArray *churns;
    uint32_t next_start;
    char *payload; /* the text in each instance's metadata; NULL: none */
};

/* --- making ----------------------------------------------------------------------------------- */

static SimPrng stream(const SimWorld *world, const char *fleet, const char *purpose)
{
    g_autofree char *name = g_strdup_printf("fleet/%s/%s", fleet, purpose);
    return sim_prng_stream(world->seed, name);
}

static void *copy(const void *items, size_t size)
{
    return size > 0 ? g_memdup2(items, size) : NULL;
}

static SimFleetSpec copy_spec(const SimFleetSpec *spec)
{
    SimFleetSpec copied = *spec;
    copied.name = g_strdup(spec->name);
    copied.sites = copy(spec->sites, spec->n_sites * sizeof *spec->sites);
    copied.shares = copy(spec->shares, spec->n_sites * sizeof *spec->shares);
    copied.servers = copy(spec->servers, spec->n_servers * sizeof *spec->servers);
    copied.instances = MIN(spec->instances, spec->services);
    copied.subscribed = MIN(spec->subscribed, spec->services);
    copied.services_of = NULL;
    return copied;
}

/* As JSON the entry "payload":"xxx" takes twelve bytes beside the text. */
static char *make_payload(int64_t bytes)
{
    const int64_t around = (int64_t)strlen("'payload':''");
    return bytes > around ? g_strnfill((gsize)(bytes - around), 'x') : NULL;
}

static DistroService *enter_services(const SimWorld *world, const SimFleetSpec *spec)
{
    if (spec->services_of != NULL) {
        return g_memdup2(spec->services_of->services, spec->services * sizeof(DistroService));
    }
    DistroService *services = g_new(DistroService, spec->services);
    for (uint32_t i = 0; i < spec->services; i++) {
        g_autofree char *name = g_strdup_printf("%s.svc-%u", spec->name, i + 1);
        services[i] = distro_dictionary_service(world->dictionary, "public", "DEFAULT_GROUP", name);
    }
    return services;
}

/* Additions and divisions only, so that every machine gets the same sums. */
static double *sum_ranks(uint32_t count)
{
    double *sums = g_new(double, count);
    double sum = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        sum += 1.0 / (double)(i + 1);
        sums[i] = sum;
    }
    return sums;
}

/* Uniform in [0, 1). */
static double draw_unit(SimPrng *prng)
{
    return (double)(sim_prng_u64(prng) >> 11) / 9007199254740992.0;
}

/* First position whose sum exceeds @value. */
static uint32_t find_sum(const double *sums, uint32_t count, double value)
{
    uint32_t low = 0, high = count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sums[middle] > value) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* --- where a member sits ---------------------------------------------------------------------- */

static GArray *nodes_of(const SimWorld *world, uint32_t cluster, uint32_t site)
{
    GArray *servers = g_array_sized_new(false, false, sizeof(uint32_t), world->nodes->len);
    uint32_t *places = (uint32_t *)(void *)servers->data, count = 0;
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        if (node->member && sim_node_in(node, cluster) &&
            (site == UINT32_MAX || node->site == site)) {
            places[count++] = i;
        }
    }
    g_array_set_size(servers, count);
    return servers;
}

static uint32_t draw_site(SimFleet *fleet)
{
    double total = 0.0;
    for (uint32_t i = 0; i < fleet->spec.n_sites; i++) {
        total += fleet->spec.shares[i];
    }
    double left = draw_unit(&fleet->places) * total;
    for (uint32_t i = 0; i + 1 < fleet->spec.n_sites; i++) {
        if (left < fleet->spec.shares[i]) {
            return fleet->spec.sites[i];
        }
        left -= fleet->spec.shares[i];
    }
    return fleet->spec.sites[fleet->spec.n_sites - 1];
}

/* Place of node @index in @servers; the list holds it. */
static int place_of(const GArray *servers, uint32_t index)
{
    int place = 0;
    while (g_array_index(servers, uint32_t, (unsigned)place) != index) {
        place++;
    }
    return place;
}

/* Which server a member asks first: one of those given, or any. */
static uint32_t draw_first(SimFleet *fleet, const GArray *servers)
{
    const SimFleetSpec *spec = &fleet->spec;
    if (spec->n_servers > 0) {
        return spec->servers[sim_prng_below(&fleet->places, spec->n_servers)];
    }
    return g_array_index(servers, uint32_t, sim_prng_below(&fleet->places, servers->len));
}

/* A site limits the list to its nodes; otherwise a member knows all servers, asks the drawn one
 * first as a single client does, and sits where that one stands. */
static GArray *draw_place(SimFleet *fleet, SimClientSpec *client)
{
    const SimFleetSpec *spec = &fleet->spec;
    client->preferred = -1;
    if (spec->n_sites > 0) {
        client->site = draw_site(fleet);
        return nodes_of(fleet->world, SIM_ALL_CLUSTERS, client->site);
    }
    GArray *servers = nodes_of(fleet->world, spec->cluster, UINT32_MAX);
    uint32_t first = draw_first(fleet, servers);
    g_array_unref(servers);
    servers = nodes_of(fleet->world, sim_world_node(fleet->world, first)->cluster, UINT32_MAX);
    if (!sim_world_node(fleet->world, first)->member) {
        g_array_append_val(servers, first);
    }
    client->preferred = place_of(servers, first);
    client->site = sim_world_node(fleet->world, first)->site;
    return servers;
}

/* --- what a member publishes ------------------------------------------------------------------ */

static bool has_service(const SimFleet *fleet, uint32_t from, uint32_t position)
{
    for (uint32_t i = from; i < fleet->member_services->len; i++) {
        if (g_array_index(fleet->member_services, uint32_t, i) == position) {
            return true;
        }
    }
    return false;
}

/* A client publishes a service once: a rank drawn twice gives way to the next. */
static uint32_t draw_service(SimFleet *fleet, SimPrng *prng, uint32_t member, uint32_t number,
                             uint32_t from)
{
    const SimFleetSpec *spec = &fleet->spec;
    uint32_t each = prng == &fleet->choices ? spec->instances : spec->subscribed;
    if (spec->spread == SIM_SPREAD_EVEN) {
        return (uint32_t)(((uint64_t)member * each + number) % spec->services);
    }
    double total = fleet->rank_sums[spec->services - 1];
    uint32_t position = find_sum(fleet->rank_sums, spec->services, draw_unit(prng) * total);
    while (has_service(fleet, from, position)) {
        position = (position + 1) % spec->services;
    }
    return position;
}

static uint32_t draw_services(SimFleet *fleet, uint32_t member)
{
    uint32_t from = fleet->member_services->len;
    for (uint32_t i = 0; i < fleet->spec.instances; i++) {
        uint32_t position = draw_service(fleet, &fleet->choices, member, i, from);
        g_array_append_val(fleet->member_services, position);
    }
    return from;
}

static SimClient *client_of(const SimFleet *fleet, uint32_t position)
{
    const Member *member = &g_array_index(fleet->members, Member, position);
    return sim_world_client(fleet->world, member->client);
}

/* Likewise what it subscribes to, when its process starts; a service that it publishes may be among
 * them. */
static void subscribe(SimFleet *fleet, uint32_t position)
{
    const SimFleetSpec *spec = &fleet->spec;
    uint32_t from = fleet->member_services->len;
    for (uint32_t i = 0; i < spec->subscribed; i++) {
        uint32_t drawn = draw_service(fleet, &fleet->interests, position, i, from);
        g_array_append_val(fleet->member_services, drawn);
        sim_client_subscribe(client_of(fleet, position), fleet->services[drawn], NULL, NULL);
    }
    g_array_set_size(fleet->member_services, from);
}

static DistroExt metadata_of(const SimFleet *fleet, uint32_t version)
{
    char number[16];
    DistroExtEntry entries[2];
    size_t count = 0;
    if (fleet->payload != NULL) {
        entries[count++] = (DistroExtEntry) { .key = "payload",
                                              .kind = DISTRO_VALUE_STRING,
                                              .text = fleet->payload };
    }
    if (version > 0) {
        snprintf(number, sizeof number, "%u", version);
        entries[count++] =
            (DistroExtEntry) { .key = "version", .kind = DISTRO_VALUE_STRING, .text = number };
    }
    return distro_dictionary_ext(fleet->world->dictionary, entries, count);
}

static DistroPublication publication_of(const SimFleet *fleet, const Member *member,
                                        DistroService service)
{
    DistroDictionary *dictionary = fleet->world->dictionary;
    const SimClient *client = sim_world_client(fleet->world, member->client);
    const DistroInstance instance = {
        .ip = sim_client_ip(client),
        .port = sim_client_port(client),
        .healthy = true,
        .cluster = distro_dictionary_name(dictionary, "DEFAULT"),
        .ext = metadata_of(fleet, member->version),
    };
    DistroListing listing = distro_dictionary_listing(dictionary, service, &instance);
    return distro_dictionary_publication(dictionary, service, false, &listing, 1);
}

static DistroService service_of(const SimFleet *fleet, const Member *member, uint32_t instance)
{
    uint32_t position =
        g_array_index(fleet->member_services, uint32_t, member->first_service + instance);
    return fleet->services[position];
}

static void publish(SimFleet *fleet, uint32_t position)
{
    const Member *member = &g_array_index(fleet->members, Member, position);
    for (uint32_t i = 0; i < fleet->spec.instances; i++) {
        DistroService service = service_of(fleet, member, i);
        sim_client_register(client_of(fleet, position), service,
                            publication_of(fleet, member, service), NULL, NULL);
    }
}

static void take_back(SimFleet *fleet, uint32_t position)
{
    const Member *member = &g_array_index(fleet->members, Member, position);
    for (uint32_t i = 0; i < fleet->spec.instances; i++) {
        sim_client_deregister(client_of(fleet, position), service_of(fleet, member, i), NULL, NULL);
    }
}

/* --- members ---------------------------------------------------------------------------------- */

static uint32_t add_member(SimFleet *fleet, bool deferred)
{
    SimWorld *world = fleet->world;
    uint32_t position = fleet->members->len;
    char address[SIM_CLIENT_ADDRESS_SIZE];
    sim_client_default_address(world->processes + 1, address);
    g_autofree char *name = g_strdup_printf("%s-%u", fleet->spec.name, position + 1);
    SimClientSpec spec = { .name = name,
                           .kind = fleet->spec.kind,
                           .sdk = &fleet->sdk,
                           .dual = fleet->spec.dual != NULL ? &fleet->dual : NULL,
                           .balance = fleet->spec.balance,
                           .ip = address,
                           .port = SIM_CLIENT_PORT,
                           .fleet = fleet->index,
                           .deferred = deferred };
    g_autoptr(GArray) servers = draw_place(fleet, &spec);
    spec.servers = (const uint32_t *)(const void *)servers->data;
    spec.n_servers = servers->len;
    spec.balance.site = fleet->spec.n_sites > 0;
    Member member = { .first_service = draw_services(fleet, position) };
    member.client = sim_client_new(world, &spec);
    g_array_append_val(fleet->members, member);
    g_array_append_val(fleet->clients, member.client);
    g_array_append_val(fleet->open, position);
    return position;
}

static void start_member(SimFleet *fleet, uint32_t position)
{
    SimClient *client = client_of(fleet, position);
    if (!sim_client_open(client)) {
        return;
    }
    sim_client_start(client);
    publish(fleet, position);
    subscribe(fleet, position);
    g_array_append_val(fleet->registered, position);
}

static void set_event(const SimFleet *fleet, int64_t at_us, uint32_t number)
{
    uint64_t payload = (uint64_t)number << FLEET_INDEX_BITS | fleet->index;
    sim_event_queue_push(fleet->world->queue, MAX(at_us, fleet->world->now_us),
                         sim_event_word(SIM_EVENT_FLEET, payload));
}

static void set_next_start(SimFleet *fleet)
{
    const SimFleetSpec *spec = &fleet->spec;
    if (fleet->next_start == spec->clients) {
        return;
    }
    /* A day of microseconds times a million members still fits 64 bits; a year would not. */
    int64_t step_us = spec->over_us / spec->clients, rest_us = spec->over_us % spec->clients;
    int64_t after_us = step_us * fleet->next_start + rest_us * fleet->next_start / spec->clients;
    set_event(fleet, spec->start_us + after_us, 0);
}

static void start_next(SimFleet *fleet)
{
    start_member(fleet, fleet->next_start++);
    set_next_start(fleet);
}

uint32_t sim_fleet_new(SimWorld *world, const SimFleetSpec *spec)
{
    g_assert_cmpuint(spec->services, >, 0);
    SimFleet *fleet = g_new0(SimFleet, 1);
    fleet->world = world;
    fleet->index = world->fleets->len;
    fleet->sdk = spec->sdk != NULL ? *spec->sdk : sim_sdk_default(spec->kind);
    fleet->spec = copy_spec(spec);
    if (spec->dual != NULL) {
        fleet->dual = *spec->dual;
    }
    fleet->places = stream(world, spec->name, "places");
    fleet->choices = stream(world, spec->name, "services");
    fleet->interests = stream(world, spec->name, "interests");
    fleet->victims = stream(world, spec->name, "victims");
    fleet->rank_sums = spec->spread == SIM_SPREAD_ZIPF ? sum_ranks(spec->services) : NULL;
    fleet->services = enter_services(world, spec);
    fleet->member_services = g_array_new(false, false, sizeof(uint32_t));
    fleet->members = g_array_sized_new(false, false, sizeof(Member), spec->clients);
    fleet->clients = g_array_sized_new(false, false, sizeof(uint32_t), spec->clients);
    fleet->open = g_array_new(false, false, sizeof(uint32_t));
    fleet->registered = g_array_new(false, false, sizeof(uint32_t));
    fleet->churns = g_array_new(false, false, sizeof(Churn));
    fleet->payload = make_payload(spec->payload_bytes);
    g_ptr_array_add(world->fleets, fleet);
    for (uint32_t i = 0; i < spec->clients; i++) {
        add_member(fleet, true);
    }
    set_next_start(fleet);
    return fleet->index;
}

void sim_fleet_free(SimFleet *fleet)
{
    if (fleet == NULL) {
        return;
    }
    g_free((char *)fleet->spec.name);
    g_free((uint32_t *)fleet->spec.sites);
    g_free((double *)fleet->spec.shares);
    g_free((uint32_t *)fleet->spec.servers);
    g_free(fleet->rank_sums);
    g_free(fleet->services);
    g_free(fleet->payload);
    GArray *arrays[] = { fleet->member_services, fleet->members, fleet->clients, fleet->open,
                         fleet->registered,      fleet->churns };
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++) {
        g_array_unref(arrays[i]);
    }
    g_free(fleet);
}

uint32_t sim_fleet_services(const SimFleet *fleet)
{
    return fleet->spec.services;
}

const char *sim_fleet_name(const SimFleet *fleet)
{
    return fleet->spec.name;
}

const uint32_t *sim_fleet_members(const SimFleet *fleet, size_t *count)
{
    *count = fleet->clients->len;
    return (const uint32_t *)(const void *)fleet->clients->data;
}

/* --- victims ---------------------------------------------------------------------------------- */

/* Draws an open member out of @positions, or returns UINT32_MAX if there is none left. Takes it out
 * if @take; those that turn out to be gone are taken out in any case. */
static uint32_t draw_member(SimFleet *fleet, GArray *positions, bool take)
{
    while (positions->len > 0) {
        uint32_t place = (uint32_t)sim_prng_below(&fleet->victims, positions->len);
        uint32_t position = g_array_index(positions, uint32_t, place);
        bool open = sim_client_open(client_of(fleet, position));
        if (take || !open) {
            g_array_remove_index_fast(positions, place);
        }
        if (open) {
            return position;
        }
    }
    return UINT32_MAX;
}

static bool close_one(SimFleet *fleet)
{
    uint32_t position = draw_member(fleet, fleet->open, true);
    if (position == UINT32_MAX) {
        return false;
    }
    sim_client_close(client_of(fleet, position), NULL, NULL);
    return true;
}

static bool end_one(SimFleet *fleet, void (*end)(SimClient *client))
{
    uint32_t position = draw_member(fleet, fleet->open, true);
    if (position == UINT32_MAX) {
        return false;
    }
    end(client_of(fleet, position));
    return true;
}

void sim_fleet_close(SimFleet *fleet, uint32_t n)
{
    while (n > 0 && close_one(fleet)) {
        n--;
    }
}

void sim_fleet_kill(SimFleet *fleet, uint32_t n)
{
    while (n > 0 && end_one(fleet, sim_client_kill)) {
        n--;
    }
}

void sim_fleet_crash(SimFleet *fleet, uint32_t n)
{
    while (n > 0 && end_one(fleet, sim_client_crash)) {
        n--;
    }
}

static void deregister_one(SimFleet *fleet)
{
    uint32_t position = draw_member(fleet, fleet->registered, true);
    if (position != UINT32_MAX) {
        take_back(fleet, position);
    }
}

static void update_one(SimFleet *fleet)
{
    uint32_t position = draw_member(fleet, fleet->registered, false);
    if (position == UINT32_MAX) {
        return;
    }
    g_array_index(fleet->members, Member, position).version++;
    publish(fleet, position);
}

/* --- churn ------------------------------------------------------------------------------------ */

static void strike(SimFleet *fleet, ChurnKind kind)
{
    switch (kind) {
    case CHURN_REGISTER:
        start_member(fleet, add_member(fleet, false));
        break;
    case CHURN_DEREGISTER:
        deregister_one(fleet);
        break;
    case CHURN_CLOSE:
        close_one(fleet);
        break;
    case CHURN_KILL:
        end_one(fleet, sim_client_kill);
        break;
    case CHURN_CRASH:
        end_one(fleet, sim_client_crash);
        break;
    case CHURN_UPDATE:
        update_one(fleet);
        break;
    case N_CHURN_KINDS:
        g_assert_not_reached();
    }
}

static void set_next_strike(SimFleet *fleet, uint32_t number)
{
    Churn *churn = &g_array_index(fleet->churns, Churn, number - 1);
    int64_t at_us = fleet->world->now_us + sim_prng_exponential(&churn->prng, churn->mean_us);
    if (at_us <= churn->until_us) {
        set_event(fleet, at_us, number);
    }
}

void sim_fleet_redraw(SimFleet *fleet, uint64_t seed)
{
    sim_prng_redraw(&fleet->places, seed);
    sim_prng_redraw(&fleet->choices, seed);
    sim_prng_redraw(&fleet->interests, seed);
    sim_prng_redraw(&fleet->victims, seed);
    for (guint i = 0; i < fleet->churns->len; i++) {
        sim_prng_redraw(&g_array_index(fleet->churns, Churn, i).prng, seed);
    }
}

static void add_churn(SimFleet *fleet, ChurnKind kind, double per_second, int64_t for_us)
{
    if (per_second <= 0.0) {
        return;
    }
    g_autofree char *family = g_strdup_printf("fleet/%s/churn", fleet->spec.name);
    uint32_t number = fleet->churns->len + 1;
    const Churn churn = {
        .kind = kind,
        .mean_us = MAX(1, (int64_t)(1e6 / per_second + 0.5)),
        .until_us = for_us < 0 ? INT64_MAX : fleet->world->now_us + for_us,
        .prng = sim_prng_stream_n(fleet->world->seed, family, number),
    };
    g_array_append_val(fleet->churns, churn);
    set_next_strike(fleet, number);
}

void sim_fleet_churn(SimFleet *fleet, const SimChurnSpec *spec)
{
    add_churn(fleet, CHURN_REGISTER, spec->register_, spec->for_us);
    add_churn(fleet, CHURN_DEREGISTER, spec->deregister, spec->for_us);
    add_churn(fleet, CHURN_CLOSE, spec->close, spec->for_us);
    add_churn(fleet, CHURN_KILL, spec->kill, spec->for_us);
    add_churn(fleet, CHURN_UPDATE, spec->update, spec->for_us);
    add_churn(fleet, CHURN_CRASH, spec->crash, spec->for_us);
}

void sim_fleet_event(SimFleet *fleet, uint64_t payload)
{
    uint32_t number = (uint32_t)(payload >> FLEET_INDEX_BITS);
    if (number == 0) {
        start_next(fleet);
        return;
    }
    strike(fleet, g_array_index(fleet->churns, Churn, number - 1).kind);
    set_next_strike(fleet, number);
}
