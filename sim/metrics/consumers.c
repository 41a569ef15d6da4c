/* sim/metrics/consumers.c -- see consumers.h. */
#include "sim/metrics/consumers.h"

#include <string.h>

#include "sim/client/dual.h"
#include "sim/server/push.h"
#include "sim/truth/internal.h"

/* What a list is worth to a consumer at one site. */
typedef struct Verdict {
    bool wrong, empty;
    uint32_t zombies, unreachable;
    bool near_lives;        /* a provider of the own site does */
    uint32_t near_permille; /* of those that could be called */
} Verdict;

typedef struct Consumer {
    uint32_t client, site, cluster;
    uint32_t list;
    bool open;
    int64_t counted_us, stale_since_us;
    Verdict verdict;
} Consumer;

/* A change on its way to the consumers of a service. */
typedef struct Following {
    uint32_t client, site;
    DistroPublication publication;
    GArray *removed; /* SimInstance */
    SimChange change;
    int64_t since_us;
    GArray *has; /* bool by consumer of the service, as many as there were at the start */
    WatchRegion *regions;
    uint32_t missing;
    uint32_t looked_at; /* the last list that was, and what came of it */
    bool found;
} Following;

/* Consumers of one site whose servers are of one cluster and who have the same list are alike. */
typedef struct Judged {
    uint32_t site, cluster, list;
    Verdict verdict;
} Judged;

typedef struct Service {
    GArray *consumers;    /* Consumer */
    GPtrArray *following; /* Following */
    GArray *live;         /* SimInstance: scratch, live now in all clusters */
} Service;

struct SimConsumers {
    SimWorld *world;
    GPtrArray *services; /* Service by number, or NULL */
    GArray *figures;     /* SimConsumerFigures by site */
    GArray *arrivals;    /* SimArrival */
    GHashTable *gone;    /* (client, instance) -> when it left the cache; look up only */
    GArray *reachable;   /* bool, from * sites + to */
    GArray *judged;      /* Judged: in the present pass over a service */
    GArray *marks;       /* uint32_t by instance: scratch of diff */
    uint32_t mark;
};

static uint32_t n_sites(const SimConsumers *consumers)
{
    const GArray *sites = consumers->world->sites;

    return sites != NULL && sites->len > 1 ? sites->len : 0;
}

SimConsumers *sim_consumers_new(SimWorld *world)
{
    SimConsumers *consumers = g_new0(SimConsumers, 1);

    consumers->world = world;
    consumers->services = g_ptr_array_new();
    consumers->figures = g_array_new(false, true, sizeof(SimConsumerFigures));
    consumers->arrivals = g_array_new(false, false, sizeof(SimArrival));
    consumers->gone = g_hash_table_new_full(sim_hash_packed, NULL, NULL, g_free);
    consumers->reachable = g_array_new(false, true, sizeof(bool));
    consumers->judged = g_array_new(false, false, sizeof(Judged));
    consumers->marks = g_array_new(false, true, sizeof(uint32_t));
    return consumers;
}

static void free_following(gpointer data)
{
    Following *following = data;

    g_array_free(following->removed, true);
    g_array_free(following->has, true);
    g_free(following->regions);
    g_free(following);
}

void sim_consumers_free(SimConsumers *consumers)
{
    for (guint i = 0; i < consumers->services->len; i++) {
        Service *service = g_ptr_array_index(consumers->services, i);
        if (service == NULL) {
            continue;
        }
        g_array_free(service->consumers, true);
        g_array_free(service->live, true);
        g_ptr_array_free(service->following, true);
        g_free(service);
    }
    g_ptr_array_free(consumers->services, true);
    g_array_free(consumers->figures, true);
    g_array_free(consumers->arrivals, true);
    g_hash_table_destroy(consumers->gone);
    g_array_free(consumers->reachable, true);
    g_array_free(consumers->judged, true);
    g_array_free(consumers->marks, true);
    g_free(consumers);
}

static Service *find_service(const SimConsumers *consumers, DistroService service)
{
    return service < consumers->services->len ? g_ptr_array_index(consumers->services, service)
                                              : NULL;
}

static Service *enter_service(SimConsumers *consumers, DistroService number)
{
    if (number >= consumers->services->len) {
        g_ptr_array_set_size(consumers->services, (gint)number + 1);
    }
    Service *service = g_ptr_array_index(consumers->services, number);
    if (service == NULL) {
        service = g_new0(Service, 1);
        service->consumers = g_array_new(false, true, sizeof(Consumer));
        service->live = g_array_new(false, false, sizeof(SimInstance));
        service->following = g_ptr_array_new_with_free_func(free_following);
        g_ptr_array_index(consumers->services, number) = service;
    }
    return service;
}

/* --- who can be reached ----------------------------------------------------------------------- */

/* Packets between two sites pass if they do between some node of each: clients call each other, and
 * the network carries no such calls. */
static bool can_reach(const SimWorld *world, uint32_t from, uint32_t to)
{
    bool any = false;

    for (guint a = 0; a < world->nodes->len; a++) {
        for (guint b = 0; b < world->nodes->len; b++) {
            if (((const SimNode *)world->nodes->pdata[a])->site != from ||
                ((const SimNode *)world->nodes->pdata[b])->site != to) {
                continue;
            }
            any = true;
            if (a == b || sim_network_can_call(world->network, a, b)) {
                return true;
            }
        }
    }
    return !any;
}

static void look_at_links(SimConsumers *consumers)
{
    uint32_t sites = n_sites(consumers);

    g_array_set_size(consumers->reachable, sites * sites);
    for (uint32_t from = 0; from < sites; from++) {
        for (uint32_t to = 0; to < sites; to++) {
            g_array_index(consumers->reachable, bool, from *sites + to) =
                from == to || can_reach(consumers->world, from, to);
        }
    }
}

static bool is_reachable(SimConsumers *consumers, uint32_t from, uint32_t to)
{
    if (consumers->reachable->len == 0) {
        look_at_links(consumers);
    }
    return g_array_index(consumers->reachable, bool, from *n_sites(consumers) + to);
}

/* --- verdicts -----------------------------------------------------------------------------------
 */

static uint32_t site_of(const SimWorld *world, const SimInstanceInfo *info)
{
    return info->client < world->clients->len
               ? sim_client_site(g_ptr_array_index(world->clients, info->client))
               : 0;
}

/* Is @who to hear of what lives in @cluster? It has servers there, or copies are brought to it. */
static bool hears_of(const SimConsumers *consumers, const Consumer *who, uint32_t cluster)
{
    const SimClient *client = g_ptr_array_index(consumers->world->clients, who->client);

    return who->cluster == cluster || sim_dual_stack_of(client, cluster) != NULL ||
           sim_truth_bridged(consumers->world->truth, cluster, who->cluster);
}

static bool can_be_called(const DistroListingInfo *info)
{
    return info->instance.healthy && info->enabled && info->weight > 0;
}

/* What lives: how many have to be listed, and whether one can be reached, or is near. */
typedef struct Living {
    uint32_t expected;
    bool reachable, near;
} Living;

static Living look_at_living(SimConsumers *consumers, const Service *service, const Consumer *who)
{
    const SimTruth *truth = consumers->world->truth;
    Living living = { 0 };

    for (guint i = 0; i < service->live->len; i++) {
        SimInstance instance = g_array_index(service->live, SimInstance, i), own;
        const SimInstanceInfo *info = sim_truth_instance(truth, instance);
        bool doubled = info->cluster != who->cluster &&
                       sim_truth_sibling(truth, instance, who->cluster, &own) &&
                       sim_truth_instance(truth, own)->state == SIM_INSTANCE_LIVE;
        uint32_t site = site_of(consumers->world, info);
        if (doubled || !hears_of(consumers, who, info->cluster)) {
            continue;
        }
        living.expected++;
        living.reachable |= is_reachable(consumers, who->site, site);
        living.near |= site == who->site;
    }
    return living;
}

static bool is_up_to_date(const SimTruth *truth, SimInstance instance, DistroListing listing)
{
    const SimInstanceInfo *info = sim_truth_instance(truth, instance);
    SimInstance other = instance;

    if (info->state == SIM_INSTANCE_LIVE) {
        return sim_truth_is_copy(truth, info->expected, listing);
    }
    if (info->state != SIM_INSTANCE_ELSEWHERE) {
        return info->state == SIM_INSTANCE_UNDER_WAY;
    }
    do {
        other = truth_instance(truth, other)->sibling;
        info = sim_truth_instance(truth, other);
        if (info->state == SIM_INSTANCE_LIVE) {
            return sim_truth_is_copy(truth, info->expected, listing);
        }
    } while (other != instance);
    return true;
}

static Verdict judge(SimConsumers *consumers, const Service *service, const Consumer *who)
{
    SimTruth *truth = consumers->world->truth;
    Living living = look_at_living(consumers, service, who);
    Verdict verdict = { .near_lives = living.near };
    uint32_t count, live = 0, callable = 0, reached = 0, near = 0;
    const DistroListing *items = sim_list_items(consumers->world, who->list, &count);

    for (uint32_t i = 0; i < count; i++) {
        const DistroListingInfo *info =
            distro_dictionary_listing_info(consumers->world->dictionary, items[i]);
        SimInstance instance = sim_truth_instance_of(truth, who->cluster, items[i]);
        const SimInstanceInfo *is = sim_truth_instance(truth, instance);
        uint32_t site = site_of(consumers->world, is);
        bool gone = is->state == SIM_INSTANCE_GONE,
             lives = is->state == SIM_INSTANCE_LIVE || is->state == SIM_INSTANCE_ELSEWHERE;
        bool reachable = is_reachable(consumers, who->site, site);
        live += lives;
        verdict.wrong |= !is_up_to_date(truth, instance, items[i]);
        verdict.zombies += gone && info->instance.healthy;
        verdict.unreachable += lives && !reachable;
        callable += can_be_called(info);
        near += can_be_called(info) && site == who->site;
        reached += lives && reachable && can_be_called(info);
    }
    verdict.wrong |= live < living.expected;
    verdict.empty = reached == 0 && living.reachable;
    verdict.near_permille = callable > 0 ? 1000 * near / callable : 0;
    return verdict;
}

static SimConsumerFigures *figures_of(SimConsumers *consumers, uint32_t site)
{
    if (site >= consumers->figures->len) {
        g_array_set_size(consumers->figures, site + 1);
    }
    return &g_array_index(consumers->figures, SimConsumerFigures, site);
}

static void count_stale(SimConsumers *consumers, const Consumer *who)
{
    SimConsumerFigures *sum = figures_of(consumers, who->site);
    int64_t lasted_us = consumers->world->now_us - who->stale_since_us;

    if (who->verdict.wrong) {
        sum->longest_stale_us = MAX(sum->longest_stale_us, lasted_us);
    }
}

static void integrate(SimConsumers *consumers, Consumer *who)
{
    SimConsumerFigures *sum = figures_of(consumers, who->site);
    int64_t span_us = consumers->world->now_us - who->counted_us;
    const Verdict *verdict = &who->verdict;

    who->counted_us = consumers->world->now_us;
    if (!who->open || who->list == 0 || span_us <= 0) {
        return;
    }
    sum->time_us += span_us;
    sum->stale_us += verdict->wrong ? span_us : 0;
    sum->false_empty_us += verdict->empty ? span_us : 0;
    sum->zombie_us += span_us * verdict->zombies;
    sum->unreachable_us += span_us * verdict->unreachable;
    sum->near_us += verdict->near_lives ? span_us : 0;
    sum->near_permille_us += verdict->near_lives ? span_us * verdict->near_permille : 0;
}

static Verdict judge_once(SimConsumers *consumers, const Service *service, const Consumer *who)
{
    for (guint i = 0; i < consumers->judged->len; i++) {
        const Judged *found = &g_array_index(consumers->judged, Judged, i);
        if (found->list == who->list && found->site == who->site &&
            found->cluster == who->cluster) {
            return found->verdict;
        }
    }
    const Judged judged = { who->site, who->cluster, who->list, judge(consumers, service, who) };
    g_array_append_val(consumers->judged, judged);
    return judged.verdict;
}

static void judge_anew(SimConsumers *consumers, const Service *service, Consumer *who)
{
    integrate(consumers, who);
    if (!who->open || who->list == 0) {
        return;
    }
    Verdict verdict = judge_once(consumers, service, who);
    if (verdict.wrong && !who->verdict.wrong) {
        who->stale_since_us = consumers->world->now_us;
    }
    if (!verdict.wrong) {
        count_stale(consumers, who);
    }
    who->verdict = verdict;
}

static void begin_pass(SimConsumers *consumers, const Service *service, DistroService number)
{
    g_array_set_size(consumers->judged, 0);
    g_array_set_size(service->live, 0);
    sim_truth_live(consumers->world->truth, SIM_ALL_CLUSTERS, number, service->live);
}

static void judge_all(SimConsumers *consumers, DistroService number)
{
    const Service *service = find_service(consumers, number);

    if (service == NULL || service->consumers->len == 0) {
        return;
    }
    begin_pass(consumers, service, number);
    for (guint i = 0; i < service->consumers->len; i++) {
        judge_anew(consumers, service, &g_array_index(service->consumers, Consumer, i));
    }
}

void sim_consumers_truth_changed(SimConsumers *consumers, DistroService service)
{
    if (n_sites(consumers) > 0) {
        judge_all(consumers, service);
    }
}

void sim_consumers_links_changed(SimConsumers *consumers)
{
    if (n_sites(consumers) == 0) {
        return;
    }
    look_at_links(consumers);
    for (guint i = 0; i < consumers->services->len; i++) {
        judge_all(consumers, i);
    }
}

/* --- changes that are followed -----------------------------------------------------------------
 */

static bool has_listing(const SimTruth *truth, const DistroListing *items, uint32_t count,
                        DistroListing wanted)
{
    for (uint32_t i = 0; i < count; i++) {
        if (items[i] == wanted || sim_truth_is_copy(truth, wanted, items[i])) {
            return true;
        }
    }
    return false;
}

static bool lists_instance(const SimWorld *world, const DistroListing *items, uint32_t count,
                           SimInstance instance)
{
    const SimInstanceInfo *info = sim_truth_instance(world->truth, instance);

    for (uint32_t i = 0; i < count; i++) {
        const DistroListingInfo *listing =
            distro_dictionary_listing_info(world->dictionary, items[i]);
        if (listing->instance.ip == info->ip && listing->instance.port == info->port) {
            return true;
        }
    }
    return false;
}

static bool lives(const SimTruth *truth, SimInstance instance)
{
    SimInstanceState state = sim_truth_instance(truth, instance)->state;

    return state == SIM_INSTANCE_LIVE || state == SIM_INSTANCE_ELSEWHERE;
}

static bool has_change(const SimConsumers *consumers, const Following *following,
                       const Consumer *who)
{
    const SimTruth *truth = consumers->world->truth;
    const DistroPublicationInfo *info = sim_truth_publication(truth, following->publication);
    uint32_t count;
    const DistroListing *items = sim_list_items(consumers->world, who->list, &count);

    for (uint32_t i = 0; i < info->count; i++) {
        if (!has_listing(truth, items, count, info->listings[i])) {
            return false;
        }
    }
    for (guint i = 0; i < following->removed->len; i++) {
        SimInstance instance = g_array_index(following->removed, SimInstance, i);
        if (!lives(truth, instance) && lists_instance(consumers->world, items, count, instance)) {
            return false;
        }
    }
    return true;
}

/* Most consumers get the lists that others got before them. */
static bool has_change_now(const SimConsumers *consumers, Following *following, const Consumer *who)
{
    bool again = following->looked_at == who->list && following->removed->len == 0;

    if (!again) {
        following->found = has_change(consumers, following, who);
    }
    following->looked_at = who->list;
    return following->found;
}

static bool *has_flag(const Following *following, guint consumer)
{
    return &g_array_index(following->has, bool, consumer);
}

static void set_has(SimConsumers *consumers, Following *following, guint number, uint32_t site,
                    bool has)
{
    WatchRegion *region = &following->regions[site];

    if (*has_flag(following, number) == has) {
        return;
    }
    *has_flag(following, number) = has;
    region->missing += has ? -1u : 1u;
    following->missing += has ? -1u : 1u;
    if (region->missing == 0) {
        region->shown_us = consumers->world->now_us;
    }
}

static void append_arrivals(const SimConsumers *consumers, const Following *following, GArray *out)
{
    for (uint32_t site = 0; site < n_sites(consumers); site++) {
        if (following->regions[site].missing > 0 || following->regions[site].shown_us < 0) {
            continue;
        }
        const SimArrival arrival = { following->site, site, following->change, following->since_us,
                                     following->regions[site].shown_us - following->since_us };
        g_array_append_val(out, arrival);
    }
}

static void end_if_everywhere(SimConsumers *consumers, Service *service, guint position)
{
    const Following *following = g_ptr_array_index(service->following, position);

    if (following->missing > 0) {
        return;
    }
    append_arrivals(consumers, following, consumers->arrivals);
    g_ptr_array_remove_index(service->following, position);
}

static void drop_older(Service *service, uint32_t client)
{
    for (guint i = service->following->len; i-- > 0;) {
        if (((const Following *)service->following->pdata[i])->client == client) {
            g_ptr_array_remove_index(service->following, i);
        }
    }
}

/* Is it to hear of the change at all? */
static bool is_concerned(const SimConsumers *consumers, const Following *following,
                         const Consumer *who)
{
    const SimClient *client = g_ptr_array_index(consumers->world->clients, following->client);

    return who->open && who->list != 0 && hears_of(consumers, who, sim_client_cluster(client));
}

/* What a process tells its second cluster is the change that it told the first one before:
 * consumers hear of it from either, and it counts from the first acknowledgement. */
static bool repeats_its_primary(const SimConsumers *consumers, uint32_t number)
{
    const SimClient *client = g_ptr_array_index(consumers->world->clients, number);

    return sim_client_process(client) != client;
}

void sim_consumers_follow(SimConsumers *consumers, uint32_t client, DistroService number,
                          DistroPublication publication, const GArray *removed, bool killed)
{
    Service *service = find_service(consumers, number);

    if (service == NULL || service->consumers->len == 0 || n_sites(consumers) == 0 ||
        repeats_its_primary(consumers, client)) {
        return;
    }
    drop_older(service, client);
    Following *following = g_new0(Following, 1);
    following->client = client;
    following->site = sim_client_site(g_ptr_array_index(consumers->world->clients, client));
    following->publication = publication;
    following->removed = g_array_new(false, false, sizeof(SimInstance));
    if (removed->len > 0) {
        g_array_append_vals(following->removed, removed->data, removed->len);
    }
    following->change = killed                       ? SIM_CHANGE_DEATH
                        : publication == DISTRO_NONE ? SIM_CHANGE_DEREGISTER
                                                     : SIM_CHANGE_REGISTER;
    following->since_us = consumers->world->now_us;
    following->regions = g_new0(WatchRegion, n_sites(consumers));
    following->has = g_array_new(false, true, sizeof(bool));
    g_array_set_size(following->has, service->consumers->len);
    for (guint i = 0; i < service->consumers->len; i++) {
        const Consumer *who = &g_array_index(service->consumers, Consumer, i);
        *has_flag(following, i) =
            !is_concerned(consumers, following, who) || has_change(consumers, following, who);
        if (*has_flag(following, i)) {
            continue;
        }
        following->regions[who->site].missing++;
        following->missing++;
    }
    for (uint32_t site = 0; site < n_sites(consumers); site++) {
        following->regions[site].shown_us = -1; /* no news there until somebody lacks it */
    }
    g_ptr_array_add(service->following, following);
    end_if_everywhere(consumers, service, service->following->len - 1);
}

static void look_at_followed(SimConsumers *consumers, Service *service, guint number)
{
    const Consumer *who = &g_array_index(service->consumers, Consumer, number);

    for (guint i = service->following->len; i-- > 0;) {
        Following *following = g_ptr_array_index(service->following, i);
        if (number >= following->has->len) {
            continue; /* it subscribed later */
        }
        set_has(consumers, following, number, who->site,
                !is_concerned(consumers, following, who) ||
                    has_change_now(consumers, following, who));
        end_if_everywhere(consumers, service, i);
    }
}

/* --- flaps ----------------------------------------------------------------------------------- */

static uint32_t *mark_of(SimConsumers *consumers, SimInstance instance)
{
    if (instance >= consumers->marks->len) {
        g_array_set_size(consumers->marks, instance + 1);
    }
    return &g_array_index(consumers->marks, uint32_t, instance);
}

static void note_removal(SimConsumers *consumers, uint32_t client, SimInstance instance)
{
    int64_t *when_us = g_new(int64_t, 1);

    *when_us = consumers->world->now_us;
    g_hash_table_replace(consumers->gone, sim_pack(client, instance), when_us);
}

static void note_return(SimConsumers *consumers, const Consumer *who, SimInstance instance)
{
    const gpointer key = sim_pack(who->client, instance);
    const int64_t *when_us = g_hash_table_lookup(consumers->gone, key);

    if (when_us == NULL) {
        return;
    }
    if (lives(consumers->world->truth, instance) &&
        sim_truth_instance(consumers->world->truth, instance)->since_us <= *when_us) {
        figures_of(consumers, who->site)->flaps++;
    }
    g_hash_table_remove(consumers->gone, key);
}

/* Marks what @list lists; the mark tells this list's entries. */
static void mark_list(SimConsumers *consumers, const Consumer *who, uint32_t list)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(consumers->world, list, &count);

    consumers->mark++;
    for (uint32_t i = 0; i < count; i++) {
        *mark_of(consumers, sim_truth_instance_of(consumers->world->truth, who->cluster,
                                                  items[i])) = consumers->mark;
    }
}

static void compare_lists(SimConsumers *consumers, const Consumer *who, uint32_t before,
                          uint32_t after)
{
    SimTruth *truth = consumers->world->truth;
    uint32_t count;

    mark_list(consumers, who, after);
    const DistroListing *items = sim_list_items(consumers->world, before, &count);
    for (uint32_t i = 0; i < count; i++) {
        SimInstance instance = sim_truth_instance_of(truth, who->cluster, items[i]);
        if (*mark_of(consumers, instance) != consumers->mark && lives(truth, instance)) {
            note_removal(consumers, who->client, instance);
        }
    }
    mark_list(consumers, who, before);
    items = sim_list_items(consumers->world, after, &count);
    for (uint32_t i = 0; i < count; i++) {
        SimInstance instance = sim_truth_instance_of(truth, who->cluster, items[i]);
        if (*mark_of(consumers, instance) != consumers->mark) {
            note_return(consumers, who, instance);
        }
    }
}

/* --- what is told ------------------------------------------------------------------------------
 */

static guint enter_consumer(SimConsumers *consumers, Service *service, uint32_t client)
{
    for (guint i = 0; i < service->consumers->len; i++) {
        if (g_array_index(service->consumers, Consumer, i).client == client) {
            return i;
        }
    }
    const SimClient *party = g_ptr_array_index(consumers->world->clients, client);
    const Consumer made = { .client = client,
                            .site = sim_client_site(party),
                            .cluster = sim_client_cluster(party),
                            .open = true,
                            .counted_us = consumers->world->now_us };
    g_array_append_val(service->consumers, made);
    return service->consumers->len - 1;
}

void sim_consumers_cached(SimConsumers *consumers, uint32_t client, DistroService number,
                          uint32_t list)
{
    if (n_sites(consumers) == 0) {
        return;
    }
    Service *service = enter_service(consumers, number);
    guint place = enter_consumer(consumers, service, client);
    Consumer *who = &g_array_index(service->consumers, Consumer, place);
    integrate(consumers, who);
    if (who->list != 0) {
        compare_lists(consumers, who, who->list, list);
    }
    who->list = list;
    begin_pass(consumers, service, number);
    judge_anew(consumers, service, who);
    look_at_followed(consumers, service, place);
}

void sim_consumers_left(SimConsumers *consumers, uint32_t client, DistroService number)
{
    Service *service = find_service(consumers, number);

    for (guint i = 0; service != NULL && i < service->consumers->len; i++) {
        Consumer *who = &g_array_index(service->consumers, Consumer, i);
        if (who->client != client || !who->open) {
            continue;
        }
        integrate(consumers, who);
        count_stale(consumers, who);
        who->open = false;
        look_at_followed(consumers, service, i);
    }
}

/* --- reading ------------------------------------------------------------------------------------
 */

SimConsumerFigures sim_consumers_figures(SimConsumers *consumers, uint32_t site)
{
    for (guint i = 0; i < consumers->services->len; i++) {
        const Service *service = g_ptr_array_index(consumers->services, i);
        for (guint k = 0; service != NULL && k < service->consumers->len; k++) {
            Consumer *who = &g_array_index(service->consumers, Consumer, k);
            if (who->site != site) {
                continue;
            }
            integrate(consumers, who);
            if (who->open) {
                count_stale(consumers, who);
            }
        }
    }
    return *figures_of(consumers, site);
}

void sim_consumers_arrivals(const SimConsumers *consumers, GArray *out)
{
    if (consumers->arrivals->len > 0) {
        g_array_append_vals(out, consumers->arrivals->data, consumers->arrivals->len);
    }
    for (guint i = 0; i < consumers->services->len; i++) {
        const Service *service = g_ptr_array_index(consumers->services, i);
        for (guint k = 0; service != NULL && k < service->following->len; k++) {
            append_arrivals(consumers, service->following->pdata[k], out);
        }
    }
}

void sim_consumers_reset(SimConsumers *consumers)
{
    g_array_set_size(consumers->figures, 0);
    g_array_set_size(consumers->arrivals, 0);
}
