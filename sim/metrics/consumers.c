/* sim/metrics/consumers.c -- see consumers.h. */
#include <string.h>

#include "sim/metrics/consumers_parts.h"
#include "sim/naming/list.h"

uint32_t consumers_n_sites(const SimConsumers *consumers)
{
    const GArray *sites = consumers->world->sites;

    return sites != NULL && sites->len > 1 ? sites->len : 1;
}

/* Changes are followed from site to site. */
bool consumers_has_several_sites(const SimConsumers *consumers)
{
    return consumers_n_sites(consumers) > 1;
}

SimConsumers *sim_consumers_new(SimWorld *world, SimTruth *truth)
{
    SimConsumers *consumers = g_new0(SimConsumers, 1);

    consumers->world = world;
    consumers->truth = truth;
    consumers->services = g_ptr_array_new();
    consumers->figures = g_array_new(false, true, sizeof(SimConsumerFigures));
    consumers->arrivals = g_array_new(false, false, sizeof(SimArrival));
    consumers->gone = g_hash_table_new_full(sim_hash_packed, NULL, NULL, g_free);
    consumers->reachable = g_array_new(false, true, sizeof(bool));
    consumers->order = g_array_new(false, false, sizeof(Whom));
    consumers->places = g_hash_table_new(sim_hash_packed, NULL);
    consumers->marks = g_array_new(false, true, sizeof(uint32_t));
    return consumers;
}

static void free_following(gpointer data)
{
    Following *following = data;

    g_array_free(following->removed, true);
    g_array_free(following->has, true);
    g_free(following->sites);
    g_free(following);
}

void sim_consumers_free(SimConsumers *consumers)
{
    for (guint i = 0; i < consumers->services->len; i++) {
        Service *service = g_ptr_array_index(consumers->services, i);
        if (service == NULL) {
            continue;
        }
        for (guint k = 0; k < service->consumers->len; k++) {
            g_clear_pointer(&g_array_index(service->consumers, Consumer, k).lost, g_array_unref);
        }
        g_array_free(service->consumers, true);
        g_array_free(service->live, true);
        g_array_free(service->judged, true);
        g_array_free(service->step.removed, true);
        g_array_free(service->step.added, true);
        g_ptr_array_free(service->following, true);
        g_free(service);
    }
    g_ptr_array_free(consumers->services, true);
    g_array_free(consumers->figures, true);
    g_array_free(consumers->arrivals, true);
    g_hash_table_destroy(consumers->gone);
    g_array_free(consumers->reachable, true);
    g_array_free(consumers->order, true);
    g_hash_table_destroy(consumers->places);
    g_array_free(consumers->marks, true);
    g_free(consumers);
}

Service *consumers_find_service(const SimConsumers *consumers, DistroService service)
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
        service->judged = g_array_new(false, false, sizeof(Judged));
        service->step.removed = g_array_new(false, false, sizeof(SimInstance));
        service->step.added = g_array_new(false, false, sizeof(SimInstance));
        service->following = g_ptr_array_new_with_free_func(free_following);
        g_ptr_array_index(consumers->services, number) = service;
    }
    return service;
}

/* --- who can be reached ---------------------------------------------------------------------- */

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
    uint32_t sites = consumers_n_sites(consumers);

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
    return g_array_index(consumers->reachable, bool, from *consumers_n_sites(consumers) + to);
}

/* --- verdicts -------------------------------------------------------------------------------- */

static uint32_t site_of(const SimWorld *world, const SimInstanceInfo *info)
{
    bool several = world->sites != NULL && world->sites->len > 1;

    return several && info->client < world->clients->len
               ? sim_client_site(g_ptr_array_index(world->clients, info->client))
               : 0;
}

/* Is @who to hear of what lives in @cluster? It has servers there, or copies are brought to it. */
bool consumers_hears_of(const SimConsumers *consumers, const Consumer *who, uint32_t cluster)
{
    const SimClient *client = g_ptr_array_index(consumers->world->clients, who->client);

    return who->cluster == cluster || sim_dual_stack_of(client, cluster) != NULL ||
           sim_truth_bridged(consumers->truth, cluster, who->cluster);
}

static bool can_be_called(const DistroListingInfo *info)
{
    return info->instance.healthy && info->enabled && info->weight > 0;
}

/* What lives: how many have to be listed, and whether one can be reached, or is near. */
typedef struct Living {
    uint32_t expected, reachable;
    bool near;
} Living;

static Living look_at_living(SimConsumers *consumers, const Service *service, const Consumer *who)
{
    const SimTruth *truth = consumers->truth;
    Living living = { 0 };

    for (guint i = 0; i < service->live->len; i++) {
        SimInstance instance = g_array_index(service->live, SimInstance, i), own;
        const SimInstanceInfo *info = sim_truth_instance(truth, instance);
        bool doubled = info->cluster != who->cluster &&
                       sim_truth_sibling(truth, instance, who->cluster, &own) &&
                       sim_truth_instance(truth, own)->state == SIM_INSTANCE_LIVE;
        uint32_t site = site_of(consumers->world, info);
        if (doubled || !consumers_hears_of(consumers, who, info->cluster)) {
            continue;
        }
        living.expected++;
        living.reachable += is_reachable(consumers, who->site, site);
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
        other = sim_truth_next_sibling(truth, other);
        info = sim_truth_instance(truth, other);
        if (info->state == SIM_INSTANCE_LIVE) {
            return sim_truth_is_copy(truth, info->expected, listing);
        }
    } while (other != instance);
    return true;
}

static Verdict judge(SimConsumers *consumers, const Service *service, const Consumer *who)
{
    SimTruth *truth = consumers->truth;
    Living living = look_at_living(consumers, service, who);
    Verdict verdict = { .near_lives = living.near, .expected = living.reachable };
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
    verdict.empty = reached == 0 && living.reachable > 0;
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

/* The list was never shorter, against what it should have been, or it is as short again. */
static void note_shortest(Consumer *who, int64_t span_us)
{
    SimShortest *shortest = &who->shortest;
    uint32_t of = MAX(who->verdict.expected, who->n_lost), listed = of - who->n_lost;
    uint64_t now = (uint64_t)listed * MAX(shortest->of, 1);
    uint64_t least = shortest->of > 0 ? (uint64_t)shortest->listed * of : UINT64_MAX;

    if (now < least) {
        *shortest = (SimShortest) { listed, of, span_us };
    } else if (now == least) {
        shortest->us += span_us;
    }
}

static void integrate_own(Consumer *who, int64_t span_us)
{
    who->time_us += span_us;
    who->empty_us += who->verdict.empty ? span_us : 0;
    who->stale_us += who->verdict.wrong ? span_us : 0;
    if (who->n_lost > 0) {
        who->short_us += span_us;
        note_shortest(who, span_us);
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
    integrate_own(who, span_us);
    sum->time_us += span_us;
    sum->stale_us += verdict->wrong ? span_us : 0;
    sum->false_empty_us += verdict->empty ? span_us : 0;
    sum->zombie_us += span_us * verdict->zombies;
    sum->unreachable_us += span_us * verdict->unreachable;
    sum->near_us += verdict->near_lives ? span_us : 0;
    sum->near_permille_us += verdict->near_lives ? span_us * verdict->near_permille : 0;
}

static Verdict judge_once(SimConsumers *consumers, DistroService number, Service *service,
                          const Consumer *who)
{
    for (guint i = service->judged->len; i-- > 0;) {
        const Judged *found = &g_array_index(service->judged, Judged, i);
        if (found->list == who->list && found->site == who->site &&
            found->cluster == who->cluster) {
            return found->verdict;
        }
    }
    if (!service->live_known) {
        g_array_set_size(service->live, 0);
        sim_truth_live(consumers->truth, SIM_ALL_CLUSTERS, number, service->live);
        service->live_known = true;
    }
    const Judged judged = { who->site, who->cluster, who->list, judge(consumers, service, who) };
    g_array_append_val(service->judged, judged);
    return judged.verdict;
}

/* What of its former list still lives. */
static void count_lost(SimConsumers *consumers, Consumer *who)
{
    const SimTruth *truth = consumers->truth;

    who->n_lost = 0;
    for (guint i = who->lost != NULL ? who->lost->len : 0; i-- > 0;) {
        SimInstance instance = g_array_index(who->lost, SimInstance, i);
        const SimInstanceInfo *info = sim_truth_instance(truth, instance);
        if (info->state == SIM_INSTANCE_GONE) {
            g_array_remove_index_fast(who->lost, i);
            continue;
        }
        bool alive = info->state == SIM_INSTANCE_LIVE || info->state == SIM_INSTANCE_ELSEWHERE;
        who->n_lost += alive && is_reachable(consumers, who->site, site_of(consumers->world, info));
    }
}

static void tell_turned(const SimConsumers *consumers, uint32_t consumer)
{
    if (consumers->turned != NULL) {
        consumers->turned(consumers->turned_data, consumer);
    }
}

void sim_consumers_on_turn(SimConsumers *consumers, void (*turned)(void *data, uint32_t consumer),
                           void *data)
{
    consumers->turned = turned;
    consumers->turned_data = data;
}

static void judge_anew(SimConsumers *consumers, DistroService number, Service *service,
                       Consumer *who)
{
    integrate(consumers, who);
    if (!who->open || who->list == 0) {
        return;
    }
    Verdict verdict = judge_once(consumers, number, service, who);
    if (verdict.wrong && !who->verdict.wrong) {
        who->stale_since_us = consumers->world->now_us;
    }
    if (!verdict.wrong) {
        count_stale(consumers, who);
    }
    bool turned = verdict.empty != who->verdict.empty;
    who->verdict = verdict;
    count_lost(consumers, who);
    if (turned) {
        tell_turned(consumers, who->number);
    }
}

/* What was found of its lists holds no longer. */
static void forget_verdicts(Service *service)
{
    g_array_set_size(service->judged, 0);
    service->live_known = false;
}

static void judge_all(SimConsumers *consumers, DistroService number)
{
    Service *service = consumers_find_service(consumers, number);

    if (service == NULL || service->consumers->len == 0) {
        return;
    }
    forget_verdicts(service);
    for (guint i = 0; i < service->consumers->len; i++) {
        judge_anew(consumers, number, service, &g_array_index(service->consumers, Consumer, i));
    }
}

void sim_consumers_truth_changed(SimConsumers *consumers, DistroService service)
{
    judge_all(consumers, service);
}

void sim_consumers_links_changed(SimConsumers *consumers)
{
    if (!consumers_has_several_sites(consumers)) {
        return; /* within a site all clients reach each other */
    }
    look_at_links(consumers);
    for (guint i = 0; i < consumers->services->len; i++) {
        judge_all(consumers, i);
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
    if (consumers_lives(consumers->truth, instance) &&
        sim_truth_instance(consumers->truth, instance)->since_us <= *when_us) {
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
        *mark_of(consumers, sim_truth_instance_of(consumers->truth, who->cluster, items[i])) =
            consumers->mark;
    }
}

/* Appends what @from lists and @than, already marked, does not. */
static void append_unmarked(SimConsumers *consumers, const Consumer *who, uint32_t from,
                            GArray *out)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(consumers->world, from, &count);

    g_array_set_size(out, 0);
    for (uint32_t i = 0; i < count; i++) {
        SimInstance instance = sim_truth_instance_of(consumers->truth, who->cluster, items[i]);
        if (*mark_of(consumers, instance) != consumers->mark) {
            g_array_append_val(out, instance);
        }
    }
}

static const Step *step_of(SimConsumers *consumers, Service *service, const Consumer *who,
                           uint32_t after)
{
    Step *step = &service->step;

    if (step->before == who->list && step->after == after && step->cluster == who->cluster) {
        return step;
    }
    step->before = who->list;
    step->after = after;
    step->cluster = who->cluster;
    mark_list(consumers, who, after);
    append_unmarked(consumers, who, who->list, step->removed);
    mark_list(consumers, who, who->list);
    append_unmarked(consumers, who, after, step->added);
    return step;
}

static void lose(Consumer *who, SimInstance instance)
{
    if (who->lost == NULL) {
        who->lost = g_array_new(false, false, sizeof(SimInstance));
    }
    g_array_append_val(who->lost, instance);
}

static void regain(const Consumer *who, SimInstance instance)
{
    for (guint i = 0; who->lost != NULL && i < who->lost->len; i++) {
        if (g_array_index(who->lost, SimInstance, i) == instance) {
            g_array_remove_index_fast(who->lost, i);
            return;
        }
    }
}

static void take_step(SimConsumers *consumers, Service *service, Consumer *who, uint32_t after)
{
    const SimTruth *truth = consumers->truth;
    const Step *step = step_of(consumers, service, who, after);

    for (guint i = 0; i < step->removed->len; i++) {
        SimInstance instance = g_array_index(step->removed, SimInstance, i);
        if (consumers_lives(truth, instance)) {
            note_removal(consumers, who->client, instance);
        }
        if (sim_truth_instance(truth, instance)->state != SIM_INSTANCE_GONE) {
            lose(who, instance);
        }
    }
    for (guint i = 0; i < step->added->len; i++) {
        SimInstance instance = g_array_index(step->added, SimInstance, i);
        note_return(consumers, who, instance);
        regain(who, instance);
    }
}

/* --- what is told ---------------------------------------------------------------------------- */

static guint place_of(const SimConsumers *consumers, uint32_t client, DistroService number)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(consumers->places, sim_pack(client, number)));
}

static guint enter_consumer(SimConsumers *consumers, DistroService number, Service *service,
                            uint32_t client)
{
    guint place = place_of(consumers, client, number);
    if (place > 0) {
        return place - 1;
    }
    const SimClient *party = g_ptr_array_index(consumers->world->clients, client);
    const Consumer made = { .client = client,
                            .site = sim_client_site(party),
                            .cluster = sim_client_cluster(party),
                            .number = consumers->order->len,
                            .open = true,
                            .counted_us = consumers->world->now_us };
    const Whom whom = { number, service->consumers->len };
    g_array_append_val(consumers->order, whom);
    g_array_append_val(service->consumers, made);
    g_hash_table_insert(consumers->places, sim_pack(client, number),
                        GUINT_TO_POINTER(service->consumers->len));
    return service->consumers->len - 1;
}

void sim_consumers_cached(SimConsumers *consumers, uint32_t client, DistroService number,
                          uint32_t list)
{
    Service *service = enter_service(consumers, number);
    guint place = enter_consumer(consumers, number, service, client);
    Consumer *who = &g_array_index(service->consumers, Consumer, place);
    integrate(consumers, who);
    if (who->list != 0) {
        take_step(consumers, service, who, list);
    }
    who->list = list;
    judge_anew(consumers, number, service, who);
    consumers_look_at_followed(consumers, service, place);
}

void sim_consumers_left(SimConsumers *consumers, uint32_t client, DistroService number)
{
    Service *service = consumers_find_service(consumers, number);
    guint place = place_of(consumers, client, number);

    if (service == NULL || place == 0) {
        return;
    }
    Consumer *who = &g_array_index(service->consumers, Consumer, place - 1);
    if (!who->open) {
        return;
    }
    integrate(consumers, who);
    count_stale(consumers, who);
    who->open = false;
    tell_turned(consumers, who->number);
    consumers_look_at_followed(consumers, service, place - 1);
}

/* --- reading --------------------------------------------------------------------------------- */

uint32_t sim_consumers_count(const SimConsumers *consumers)
{
    return consumers->order->len;
}

static const Consumer *consumer_at(const SimConsumers *consumers, uint32_t number)
{
    const Whom *whom = &g_array_index(consumers->order, Whom, number);
    const Service *service = consumers_find_service(consumers, whom->service);

    return &g_array_index(service->consumers, Consumer, whom->place);
}

void sim_consumers_whom(const SimConsumers *consumers, uint32_t consumer, uint32_t *client,
                        DistroService *service)
{
    *client = consumer_at(consumers, consumer)->client;
    *service = g_array_index(consumers->order, Whom, consumer).service;
}

bool sim_consumers_is_empty(const SimConsumers *consumers, uint32_t consumer)
{
    const Consumer *who = consumer_at(consumers, consumer);

    return who->open && who->list != 0 && who->verdict.empty;
}

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

static void note_worst(SimWorstConsumer *worst, int64_t us, const Consumer *who,
                       DistroService service)
{
    if (us > worst->us) {
        *worst = (SimWorstConsumer) { us, who->client, service };
    }
}

static bool is_shorter(const SimShortest *one, const SimShortest *other)
{
    uint64_t left = (uint64_t)one->listed * other->of, right = (uint64_t)other->listed * one->of;

    return other->of == 0 || left < right || (left == right && one->us > other->us);
}

SimConsumersWorst sim_consumers_worst(SimConsumers *consumers)
{
    SimWorstConsumer none = { .client = UINT32_MAX };
    SimConsumersWorst worst = {
        .empty = none, .shortened = none, .stale = none, .with_shortest = none
    };

    for (guint i = 0; i < consumers->services->len; i++) {
        const Service *service = g_ptr_array_index(consumers->services, i);
        for (guint k = 0; service != NULL && k < service->consumers->len; k++) {
            Consumer *who = &g_array_index(service->consumers, Consumer, k);
            integrate(consumers, who);
            worst.count++;
            worst.time_us += who->time_us;
            note_worst(&worst.empty, who->empty_us, who, i);
            note_worst(&worst.shortened, who->short_us, who, i);
            note_worst(&worst.stale, who->stale_us, who, i);
            if (who->shortest.of > 0 && is_shorter(&who->shortest, &worst.shortest)) {
                worst.shortest = who->shortest;
                worst.with_shortest = (SimWorstConsumer) { who->shortest.us, who->client, i };
            }
        }
    }
    return worst;
}

void sim_consumers_arrivals(const SimConsumers *consumers, GArray *out)
{
    if (consumers->arrivals->len > 0) {
        g_array_append_vals(out, consumers->arrivals->data, consumers->arrivals->len);
    }
    for (guint i = 0; i < consumers->services->len; i++) {
        const Service *service = g_ptr_array_index(consumers->services, i);
        for (guint k = 0; service != NULL && k < service->following->len; k++) {
            consumers_append_arrivals(consumers, service->following->pdata[k], out);
        }
    }
}

void sim_consumers_reset(SimConsumers *consumers)
{
    g_array_set_size(consumers->arrivals, 0);
    for (guint i = 0; i < consumers->services->len; i++) {
        const Service *service = g_ptr_array_index(consumers->services, i);
        for (guint k = 0; service != NULL && k < service->consumers->len; k++) {
            Consumer *who = &g_array_index(service->consumers, Consumer, k);
            integrate(consumers, who);
            who->time_us = who->empty_us = who->short_us = who->stale_us = 0;
            who->shortest = (SimShortest) { 0 };
        }
    }
    g_array_set_size(consumers->figures, 0);
}
