/* sim/truth/reading.c -- what clients have said and what became of it, read: see reading.h. */
#include "sim/truth/internal.h"

DistroPublication sim_truth_acknowledged(const SimTruth *truth, uint32_t client,
                                         DistroService service)
{
    uint32_t claim =
        truth_look_up(truth->claim_of, client, sim_truth_said_service(truth, client, service));

    return claim == 0 ? DISTRO_NONE : truth_claim(truth, claim - 1)->held;
}

DistroPublication sim_truth_acknowledged_persistent(const SimTruth *truth, uint32_t client,
                                                    DistroClient id, DistroService service)
{
    uint32_t claim = truth_look_up(truth->claim_of, TRUTH_PERSISTENT | id,
                                   sim_truth_said_service(truth, client, service));

    return claim == 0 ? DISTRO_NONE : truth_claim(truth, claim - 1)->held;
}

static bool find_instance(const SimTruth *truth, uint32_t cluster, uint32_t service, uint32_t ip,
                          int32_t port, SimInstance *instance)
{
    uint32_t place = truth_look_up(truth->places, service, ip);
    uint32_t found =
        place == 0 ? 0
                   : truth_look_up(truth_cluster(truth, cluster)->by_place, place, (uint32_t)port);

    if (found != 0) {
        *instance = found - 1;
    }
    return found != 0;
}

static void append_statement(const SimTruth *truth, uint32_t cluster, uint32_t said, GArray *out)
{
    const SimStatement *statement = sim_book_statement_info(truth->book, said);
    SimInstance instance;

    for (uint32_t i = 0; i < statement->count; i++) {
        const SimSaidItem *item = &statement->items[i];
        if (find_instance(truth, cluster, statement->service, item->ip, item->port, &instance)) {
            g_array_append_val(out, instance);
        }
    }
}

size_t sim_truth_client_publishes(const SimTruth *truth, uint32_t client, GArray *out)
{
    guint before = out->len;
    if (client >= truth->clients->len) {
        return 0;
    }
    const TruthClient *owner = &g_array_index(truth->clients, TruthClient, client);

    for (uint32_t next = owner->newest_claim; next != 0;) {
        const Claim *claim = truth_claim(truth, next - 1);
        append_statement(truth, claim->cluster, claim->said, out);
        next = claim->next_of_client;
    }
    return out->len - before;
}

size_t sim_truth_client_instances(const SimTruth *truth, uint32_t client, GArray *out)
{
    guint before = out->len;
    if (sim_truth_client_publishes(truth, client, out) > 0 || client >= truth->clients->len) {
        return out->len - before;
    }
    const TruthClient *owner = &g_array_index(truth->clients, TruthClient, client);
    for (uint32_t next = owner->newest_claim; next != 0;) {
        const Claim *claim = truth_claim(truth, next - 1);
        if (claim->ended > owner->published) {
            append_statement(truth, claim->cluster, claim->last, out);
        }
        next = claim->next_of_client;
    }
    return out->len - before;
}

bool sim_truth_sibling(const SimTruth *truth, SimInstance instance, uint32_t cluster,
                       SimInstance *sibling)
{
    for (SimInstance i = truth_instance(truth, instance)->sibling; i != instance;
         i = truth_instance(truth, i)->sibling) {
        if (truth_instance(truth, i)->info.cluster == cluster) {
            *sibling = i;
            return true;
        }
    }
    return false;
}

SimInstance sim_truth_next_sibling(const SimTruth *truth, SimInstance instance)
{
    return truth_instance(truth, instance)->sibling;
}

uint32_t sim_truth_alive(const SimTruth *truth, uint32_t cluster)
{
    return truth_cluster(truth, cluster)->alive;
}

DistroListing sim_truth_next_listing(const SimTruth *truth, SimInstance instance,
                                     DistroListing after)
{
    const TruthInstance *entry = truth_instance(truth, instance);
    if (after == DISTRO_NONE) {
        return entry->newest_listing;
    }
    const GArray *listings = truth_cluster(truth, entry->info.cluster)->listings;
    return g_array_index(listings, TruthListing, after).next;
}

uint32_t sim_truth_instance_count(const SimTruth *truth)
{
    return truth->instances->len;
}

const SimInstanceInfo *sim_truth_instance(const SimTruth *truth, SimInstance instance)
{
    g_assert_cmpuint(instance, <, truth->instances->len);
    return &truth_instance(truth, instance)->info;
}

bool sim_truth_find(const SimTruth *truth, uint32_t cluster, DistroService service, DistroName ip,
                    int32_t port, SimInstance *instance)
{
    const DistroDictionary *dictionary = truth->world->dictionary;

    return cluster < truth->clusters->len && service != DISTRO_NONE &&
           find_instance(truth, cluster, sim_book_read_service(truth->book, dictionary, service),
                         sim_book_read_name(truth->book, dictionary, ip), port, instance);
}

bool sim_truth_find_anywhere(const SimTruth *truth, DistroService service, DistroName ip,
                             int32_t port, SimInstance *instance)
{
    bool found = false;

    for (uint32_t i = 0; i < truth->clusters->len; i++) {
        SimInstance one;
        if (!sim_truth_find(truth, i, service, ip, port, &one)) {
            continue;
        }
        if (!found || (truth_instance(truth, one)->published &&
                       !truth_instance(truth, *instance)->published)) {
            *instance = one;
        }
        found = true;
    }
    return found;
}

static void append_if_live(const SimTruth *truth, uint32_t cluster, SimInstance instance,
                           GArray *out)
{
    const SimInstanceInfo *info = &truth_instance(truth, instance)->info;

    if (info->state == SIM_INSTANCE_LIVE &&
        (cluster == SIM_ALL_CLUSTERS || cluster == info->cluster)) {
        g_array_append_val(out, instance);
    }
}

size_t sim_truth_live(const SimTruth *truth, uint32_t cluster, DistroService service, GArray *out)
{
    guint before = out->len;

    if (service == DISTRO_NONE) {
        for (SimInstance i = 0; i < truth->instances->len; i++) {
            append_if_live(truth, cluster, i, out);
        }
        return out->len - before;
    }
    uint32_t of = sim_book_read_service(truth->book, truth->world->dictionary, service);
    for (uint32_t next = of < truth->services->len ? g_array_index(truth->services, uint32_t, of)
                                                   : 0;
         next != 0; next = truth_instance(truth, next - 1)->next_of_service) {
        append_if_live(truth, cluster, next - 1, out);
    }
    return out->len - before;
}

uint64_t sim_truth_operations(const SimTruth *truth)
{
    return truth->acknowledged;
}
