/* sim/truth/truth.c -- the clients' side of the truth: claims, operations, and what they make of
 * instances.
 *
 * A claim is what one client publishes of one service. While an operation's result is open there
 * are several publications that it may be: the one held, and those that were asked for since. An
 * instance that is in all of them is held surely, one that is in some only perhaps. So a time-out,
 * a redo and two operations at once need no case of their own:
 *
 *      held {a}   open {a'}        a' is the same address: still LIVE, it merely changes
 *      held {a}   open {}          a is UNDER_WAY
 *      held {}    open {a}, {b}    a and b are UNDER_WAY */
#include "sim/client/client.h"
#include "sim/truth/internal.h"

/* --- tables of 64-bit keys ------------------------------------------------------------------ */

static void enter(GHashTable *table, uint32_t high, uint32_t low, uint32_t value)
{
    g_hash_table_insert(table, sim_pack(high, low), GUINT_TO_POINTER(value));
}

/* Grows a zero-filled array so that @index is inside. */
static void reach(GArray *array, guint index)
{
    if (index >= array->len) {
        g_array_set_size(array, index + 1);
    }
}

/* --- a truth's life ------------------------------------------------------------------------- */

SimTruth *sim_truth_new(SimWorld *world)
{
    SimTruth *truth = g_new0(SimTruth, 1);

    truth->world = world;
    truth->instances = g_array_new(false, true, sizeof(TruthInstance));
    truth->clusters = g_array_new(false, false, sizeof(TruthCluster));
    truth->places = g_hash_table_new(sim_hash_packed, NULL);
    truth->services = g_array_new(false, true, sizeof(uint32_t));
    truth->clients = g_array_new(false, true, sizeof(TruthClient));
    truth->claims = g_array_new(false, true, sizeof(Claim));
    truth->said = g_hash_table_new(sim_hash_packed, NULL);
    truth->said_of = g_hash_table_new(sim_hash_packed, NULL);
    truth->claim_of = g_hash_table_new(sim_hash_packed, NULL);
    truth->operations = g_array_new(false, true, sizeof(Operation));
    truth->touched = g_array_new(false, false, sizeof(SimInstance));
    truth->outcomes = g_array_new(false, false, sizeof(uint64_t));
    truth->views = g_ptr_array_new();
    sim_counts_init(&truth->shown);
    sim_counts_init(&truth->listings);
    sim_counts_init(&truth->wrong);
    truth->book = sim_book_new();
    truth->rights = g_array_new(false, true, sizeof(TruthRight));
    truth->contents = g_array_new(false, false, sizeof(TruthAcknowledged));
    truth->reworded = g_array_new(false, false, sizeof(SimInstance));
    sim_counts_init(&truth->known);
    truth->convergences = g_array_new(false, false, sizeof(SimConvergence));
    truth->sightings = g_array_new(false, true, sizeof(Sighting *));
    truth->seen_took = g_array_new(false, false, sizeof(int64_t));
    truth->arrivals = g_array_new(false, false, sizeof(SimArrival));
    truth->bridges = g_array_new(false, false, sizeof(TruthBridge));
    truth->heals = g_array_new(false, false, sizeof(int64_t));
    truth->heal_took = g_array_new(false, false, sizeof(int64_t));
    sim_truth_reach_cluster(truth, 0);
    for (guint i = 0; i < world->nodes->len; i++) {
        sim_truth_node_added(truth, i);
    }
    return truth;
}

void sim_truth_reach_cluster(SimTruth *truth, uint32_t cluster)
{
    while (truth->clusters->len <= cluster) {
        const TruthCluster made = { .listings = g_array_new(false, true, sizeof(TruthListing)),
                                    .by_place = g_hash_table_new(sim_hash_packed, NULL) };
        g_array_append_val(truth->clusters, made);
    }
}

static void free_clusters(SimTruth *truth)
{
    for (guint i = 0; i < truth->clusters->len; i++) {
        g_array_free(truth_cluster(truth, i)->listings, true);
        g_hash_table_destroy(truth_cluster(truth, i)->by_place);
    }
    g_array_free(truth->clusters, true);
}

static void free_views(SimTruth *truth)
{
    for (guint i = 0; i < truth->views->len; i++) {
        g_free(truth_view(truth, i));
    }
    g_ptr_array_free(truth->views, true);
    sim_counts_clear(&truth->shown);
    sim_counts_clear(&truth->listings);
    sim_counts_clear(&truth->wrong);
    sim_counts_clear(&truth->known);
}

void sim_truth_free(SimTruth *truth)
{
    if (truth == NULL) {
        return;
    }
    sim_watch_free_all(truth);
    sim_seen_free_all(truth);
    g_array_free(truth->sightings, true);
    g_array_free(truth->seen_took, true);
    free_views(truth);
    free_clusters(truth);
    g_array_free(truth->instances, true);
    g_hash_table_destroy(truth->places);
    g_array_free(truth->services, true);
    g_array_free(truth->clients, true);
    g_array_free(truth->claims, true);
    g_hash_table_destroy(truth->claim_of);
    g_hash_table_destroy(truth->said);
    g_hash_table_destroy(truth->said_of);
    g_array_free(truth->operations, true);
    g_array_free(truth->touched, true);
    g_array_free(truth->outcomes, true);
    sim_book_free(truth->book);
    g_array_free(truth->rights, true);
    g_array_free(truth->contents, true);
    g_array_free(truth->reworded, true);
    g_array_free(truth->convergences, true);
    g_array_free(truth->arrivals, true);
    g_array_free(truth->bridges, true);
    g_array_free(truth->heals, true);
    g_array_free(truth->heal_took, true);
    g_free(truth);
}

/* --- states --------------------------------------------------------------------------------- */

/* Does a sibling live, or may it, or did it once? */
static SimInstanceState state_by_siblings(const SimTruth *truth, SimInstance instance)
{
    bool published = false;

    for (SimInstance i = truth_instance(truth, instance)->sibling; i != instance;
         i = truth_instance(truth, i)->sibling) {
        const TruthInstance *other = truth_instance(truth, i);
        if (other->sure > 0 || other->maybe > 0) {
            return SIM_INSTANCE_ELSEWHERE;
        }
        published |= other->published;
    }
    return published ? SIM_INSTANCE_GONE : SIM_INSTANCE_UNKNOWN;
}

/* @certain: what no claim holds any more was certainly never carried out. */
static SimInstanceState state_of(const SimTruth *truth, SimInstance instance, bool certain)
{
    TruthInstance *entry = truth_instance(truth, instance);

    if (entry->sure > 0) {
        entry->published = true;
        return SIM_INSTANCE_LIVE;
    }
    if (entry->maybe > 0) {
        return SIM_INSTANCE_UNDER_WAY;
    }
    if (!certain) {
        entry->published = true;
    }
    SimInstanceState state = state_by_siblings(truth, instance);
    return state == SIM_INSTANCE_UNKNOWN && entry->published ? SIM_INSTANCE_GONE : state;
}

/* --- instances ------------------------------------------------------------------------------ */

const DistroPublicationInfo *sim_truth_publication(const SimTruth *truth,
                                                   DistroPublication publication)
{
    static const DistroPublicationInfo nothing;

    if (publication == DISTRO_NONE) {
        return &nothing;
    }
    return distro_dictionary_publication_info(truth->world->dictionary, publication);
}

/* Where an instance is: by the book, and by numbers of the core that have led there. */
typedef struct Place {
    uint32_t service, ip;
    int32_t port;
    DistroService of_service;
    DistroName of_ip;
} Place;

static SimInstance add_instance(SimTruth *truth, uint32_t cluster, const Place *at)
{
    SimInstance instance = truth->instances->len;
    TruthInstance entry = { .info = { .cluster = cluster,
                                      .service = at->of_service,
                                      .ip = at->of_ip,
                                      .port = at->port,
                                      .since_us = truth->world->now_us,
                                      .client = UINT32_MAX },
                            .service = at->service,
                            .sibling = instance };

    reach(truth->services, at->service);
    uint32_t *newest = &g_array_index(truth->services, uint32_t, at->service);
    entry.next_of_service = *newest;
    *newest = instance + 1;
    g_array_append_val(truth->instances, entry);
    return instance;
}

/* A new instance joins the ring of those at its place in other clusters, and is what they make it:
 * its state was not asked for so far, so no news are told. */
static void join_siblings(SimTruth *truth, SimInstance instance, uint32_t place, int32_t port)
{
    TruthInstance *entry = truth_instance(truth, instance);

    for (uint32_t i = 0; i < truth->clusters->len; i++) {
        uint32_t found = i == entry->info.cluster ? 0
                                                  : truth_look_up(truth_cluster(truth, i)->by_place,
                                                                  place, (uint32_t)port);
        if (found == 0) {
            continue;
        }
        TruthInstance *other = truth_instance(truth, found - 1);
        entry->sibling = other->sibling;
        other->sibling = instance;
        entry->info.client = other->info.client;
        entry->info.state = state_of(truth, instance, true);
        return;
    }
}

static SimInstance enter_instance(SimTruth *truth, uint32_t cluster, const Place *at)
{
    uint32_t place = truth_look_up(truth->places, at->service, at->ip), port = (uint32_t)at->port;
    if (place == 0) {
        place = ++truth->n_places;
        enter(truth->places, at->service, at->ip, place);
    }
    uint32_t found = truth_look_up(truth_cluster(truth, cluster)->by_place, place, port);
    if (found != 0) {
        return found - 1;
    }
    SimInstance instance = add_instance(truth, cluster, at);
    enter(truth_cluster(truth, cluster)->by_place, place, port, instance + 1);
    join_siblings(truth, instance, place, at->port);
    return instance;
}

SimInstance sim_truth_said_instance(SimTruth *truth, uint32_t cluster, uint32_t said, uint32_t item)
{
    const SimStatement *statement = sim_book_statement_info(truth->book, said);
    const SimSaidItem *is = &statement->items[item];
    const SimSaidService *service = sim_book_service_info(truth->book, statement->service);
    const DistroDictionary *dictionary = truth->world->dictionary;
    uint32_t place = truth_look_up(truth->places, statement->service, is->ip);
    uint32_t found = place == 0 ? 0
                                : truth_look_up(truth_cluster(truth, cluster)->by_place, place,
                                                (uint32_t)is->port);
    if (found != 0) {
        return found - 1;
    }
    const Place at = {
        .service = statement->service,
        .ip = is->ip,
        .port = is->port,
        .of_service = distro_dictionary_find_service(dictionary, service->namespace_id,
                                                     service->group, service->name),
        .of_ip = distro_dictionary_find_name(dictionary, sim_book_text(truth->book, is->ip)),
    };
    return enter_instance(truth, cluster, &at);
}

static TruthListing *listing_at(SimTruth *truth, uint32_t cluster, DistroListing listing)
{
    GArray *listings = truth_cluster(truth, cluster)->listings;

    reach(listings, listing);
    return &g_array_index(listings, TruthListing, listing);
}

SimInstance sim_truth_instance_of(SimTruth *truth, uint32_t cluster, DistroListing listing)
{
    TruthListing *entry = listing_at(truth, cluster, listing);
    if (entry->instance != 0) {
        return entry->instance - 1;
    }

    const DistroListingInfo *info =
        distro_dictionary_listing_info(truth->world->dictionary, listing);
    const DistroDictionary *dictionary = truth->world->dictionary;
    const Place at = {
        .service = sim_book_read_service(truth->book, dictionary, info->service),
        .ip = sim_book_read_name(truth->book, dictionary, info->instance.ip),
        .port = info->instance.port,
        .of_service = info->service,
        .of_ip = info->instance.ip,
    };
    SimInstance instance = enter_instance(truth, cluster, &at);
    entry->instance = instance + 1;
    entry->content = sim_book_read_content(truth->book, dictionary, listing);
    entry->next = truth_instance(truth, instance)->newest_listing;
    truth_instance(truth, instance)->newest_listing = listing;
    return instance;
}

/* --- from claims to states ------------------------------------------------------------------ */

static void change_state(SimTruth *truth, SimInstance instance, SimInstanceState state)
{
    sim_truth_count_state(truth, instance, -1);
    TruthInstance *entry = truth_instance(truth, instance);
    entry->info.state = state;
    entry->info.since_us = truth->world->now_us;
    sim_truth_count_state(truth, instance, +1);
    truth->world->changed = true;
    sim_watch_instance(truth, instance, UINT32_MAX, DISTRO_PATH_LOCAL);
    if (truth_instance(truth, instance)->newest_listing != 0) {
        DistroListing any = truth_instance(truth, instance)->newest_listing;
        sim_seen_state_changed(
            truth, distro_dictionary_listing_info(truth->world->dictionary, any)->service);
    }
    truth_tell_instance_changed(truth, instance);
}

static void review(SimTruth *truth, SimInstance instance, bool certain)
{
    SimInstanceState state = state_of(truth, instance, certain);

    if (state != truth_instance(truth, instance)->info.state) {
        change_state(truth, instance, state);
    }
}

/* A claim has changed: its instances may be something else now, and so may their siblings. */
static void review_touched(SimTruth *truth, bool certain)
{
    for (guint i = 0; i < truth->touched->len; i++) {
        SimInstance instance = g_array_index(truth->touched, SimInstance, i);
        review(truth, instance, certain);
        for (SimInstance other = truth_instance(truth, instance)->sibling; other != instance;
             other = truth_instance(truth, other)->sibling) {
            review(truth, other, true);
        }
    }
    sim_content_review(truth);
    if (truth->touched->len > 0) {
        SimInstance any = g_array_index(truth->touched, SimInstance, 0); /* all of one service */
        truth_tell_service_changed(truth, truth_instance(truth, any)->info.service);
    }
    g_array_set_size(truth->touched, 0);
}

static void count_instance(SimTruth *truth, SimInstance instance, bool surely, int sign)
{
    TruthInstance *entry = truth_instance(truth, instance);

    if (surely) {
        entry->sure += (uint32_t)sign;
    } else {
        entry->maybe += (uint32_t)sign;
    }
    g_array_append_val(truth->touched, instance);
}

static gint compare_u64(gconstpointer a, gconstpointer b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Pairs (instance, number of the outcome) for every instance of @said. */
static void collect_outcome(SimTruth *truth, uint32_t cluster, uint32_t said, uint32_t outcome)
{
    uint32_t count = sim_book_statement_info(truth->book, said)->count;

    for (uint32_t i = 0; i < count; i++) {
        SimInstance instance = sim_truth_said_instance(truth, cluster, said, i);
        uint64_t pair = (uint64_t)instance << 32 | outcome;
        g_array_append_val(truth->outcomes, pair);
    }
}

static uint32_t collect_outcomes(SimTruth *truth, const Claim *claim)
{
    uint32_t outcomes = 0;

    g_array_set_size(truth->outcomes, 0);
    collect_outcome(truth, claim->cluster, claim->said, outcomes++);
    for (uint32_t next = claim->newest; next != 0;) {
        const Operation *operation = &g_array_index(truth->operations, Operation, next - 1);
        next = operation->older;
        if (operation->state != OPERATION_REFUSED) {
            collect_outcome(truth, claim->cluster, operation->said, outcomes++);
        }
    }
    g_array_sort(truth->outcomes, compare_u64);
    return outcomes;
}

/* Adds (@sign +1) or takes back (-1) what @claim says of its instances. To be called in pairs with
 * the claim unchanged in between. */
static void count_claim(SimTruth *truth, const Claim *claim, int sign)
{
    uint32_t outcomes = collect_outcomes(truth, claim);
    const uint64_t *pairs = (const uint64_t *)(void *)truth->outcomes->data;
    guint count = truth->outcomes->len;

    for (guint i = 0; i < count;) {
        uint32_t within = 0;
        guint first = i;
        for (; i < count && pairs[i] >> 32 == pairs[first] >> 32; i++) {
            within += i == first || pairs[i] != pairs[i - 1];
        }
        count_instance(truth, (SimInstance)(pairs[first] >> 32), within == outcomes, sign);
    }
    sim_content_count(truth, claim, sign);
}

/* --- claims and operations ------------------------------------------------------------------ */

/* Where a client's servers are; SDKs know servers of one cluster only. */
static uint32_t cluster_of(const SimTruth *truth, uint32_t client)
{
    return client < truth->world->clients->len
               ? sim_client_cluster(g_ptr_array_index(truth->world->clients, client))
               : 0;
}

uint32_t sim_truth_said_service(const SimTruth *truth, uint32_t client, DistroService service)
{
    uint32_t said = truth_look_up(truth->said_of, client, service);

    return said != 0 ? said : sim_book_read_service(truth->book, truth->world->dictionary, service);
}

/* @owner: the client, or of a claim that outlives it TRUTH_PERSISTENT and its client id. */
static uint32_t enter_claim(SimTruth *truth, uint32_t client, uint32_t owner, uint32_t service,
                            DistroService of_service)
{
    uint32_t found = truth_look_up(truth->claim_of, owner, service);
    if (found != 0) {
        return found - 1;
    }

    uint32_t number = truth->claims->len;
    reach(truth->clients, client);
    TruthClient *publisher = &g_array_index(truth->clients, TruthClient, client);
    Claim claim = { .client = client,
                    .cluster = cluster_of(truth, client),
                    .service = service,
                    .of_service = of_service,
                    .persistent = owner != client,
                    .next_of_client = publisher->newest_claim };
    sim_truth_reach_cluster(truth, claim.cluster);
    publisher->newest_claim = number + 1;
    g_array_append_val(truth->claims, claim);
    enter(truth->claim_of, owner, service, number + 1);
    return number;
}

static Operation *operation_of(const SimTruth *truth, uint32_t operation)
{
    g_assert_cmpuint(operation, <, truth->operations->len);
    return &g_array_index(truth->operations, Operation, operation);
}

/* Takes @operation out of its claim's open ones. */
static void unlink_operation(SimTruth *truth, uint32_t operation)
{
    Operation *settled = operation_of(truth, operation);
    uint32_t *link = &truth_claim(truth, settled->claim)->newest;

    while (*link != operation + 1) {
        link = &operation_of(truth, *link - 1)->older;
    }
    *link = settled->older;
    settled->state = OPERATION_SETTLED;
}

/* An abandoned attempt at the same thing as @operation says nothing that @operation does not: a
 * redo every 3 s would else make the chain long. */
static void forget_repeats(SimTruth *truth, uint32_t operation)
{
    Operation *kept = operation_of(truth, operation);

    for (uint32_t next = truth_claim(truth, kept->claim)->newest; next != 0;) {
        uint32_t number = next - 1;
        const Operation *other = operation_of(truth, number);
        next = other->older;
        if (number == operation || other->said != kept->said ||
            (other->state != OPERATION_UNSURE && other->state != OPERATION_REFUSED)) {
            continue;
        }
        if (kept->state == OPERATION_REFUSED && other->state == OPERATION_UNSURE) {
            continue; /* that one may have been carried out, this one was not */
        }
        kept->repeats |= other->state == OPERATION_UNSURE;
        unlink_operation(truth, number);
    }
}

/* Copies are called by the name of the client that published what was copied. */
static void name_siblings(SimTruth *truth, SimInstance instance, uint32_t client)
{
    for (SimInstance i = truth_instance(truth, instance)->sibling; i != instance;
         i = truth_instance(truth, i)->sibling) {
        if (!truth_instance(truth, i)->published) {
            truth_instance(truth, i)->info.client = client;
        }
    }
}

static void name_publisher(SimTruth *truth, const Claim *claim, const Operation *operation,
                           bool acknowledged)
{
    const DistroPublicationInfo *info = sim_truth_publication(truth, operation->after);
    uint32_t count = sim_book_statement_info(truth->book, operation->said)->count;

    for (uint32_t i = 0; i < count; i++) {
        SimInstance instance = sim_truth_said_instance(truth, claim->cluster, operation->said, i);
        SimInstanceInfo *entry = &truth_instance(truth, instance)->info;
        if (acknowledged && i < info->count) {
            entry->expected = info->listings[i];
        }
        if (acknowledged || entry->state == SIM_INSTANCE_UNKNOWN) {
            entry->client = claim->client;
            name_siblings(truth, instance, claim->client);
        }
    }
}

/* --- what is said --------------------------------------------------------------------------- */

SimBook *sim_truth_book(const SimTruth *truth)
{
    return truth->book;
}

void sim_truth_say(SimTruth *truth, uint32_t client, DistroService service,
                   DistroPublication publication, uint32_t said_service, const SimSaidItem *items,
                   uint32_t count)
{
    enter(truth->said_of, client, service, said_service);
    if (publication != DISTRO_NONE) {
        enter(truth->said, client, publication,
              sim_book_statement(truth->book, said_service, items, count));
    }
}

uint32_t sim_truth_statement(const SimTruth *truth, uint32_t client, DistroPublication publication)
{
    uint32_t said =
        publication == DISTRO_NONE ? 0 : truth_look_up(truth->said, client, publication);

    return said != 0 ? said
                     : sim_book_read_statement(truth->book, truth->world->dictionary, publication);
}

/* --- operations ----------------------------------------------------------------------------- */

/* @claim is to be @after, which is @said. */
static uint32_t begin_operation(SimTruth *truth, uint32_t claim, DistroPublication after,
                                uint32_t said)
{
    uint32_t number = truth->operations->len;
    Operation operation = { .claim = claim,
                            .after = after,
                            .said = said,
                            .older = truth_claim(truth, claim)->newest,
                            .state = OPERATION_OPEN };

    name_publisher(truth, truth_claim(truth, claim), &operation, false);
    count_claim(truth, truth_claim(truth, claim), -1);
    g_array_append_val(truth->operations, operation);
    truth_claim(truth, claim)->newest = number + 1;
    forget_repeats(truth, number);
    count_claim(truth, truth_claim(truth, claim), +1);
    review_touched(truth, false);
    return number;
}

/* The book's number of what @client means by @service, which it is to publish as @said. */
static uint32_t service_meant(const SimTruth *truth, uint32_t client, DistroService service,
                              uint32_t said)
{
    return said != 0 ? sim_book_statement_info(truth->book, said)->service
                     : sim_truth_said_service(truth, client, service);
}

uint32_t sim_truth_begin(SimTruth *truth, uint32_t client, DistroService service,
                         DistroPublication after)
{
    uint32_t said = sim_truth_statement(truth, client, after);
    uint32_t of = service_meant(truth, client, service, said);

    return begin_operation(truth, enter_claim(truth, client, client, of, service), after, said);
}

uint32_t sim_truth_begin_persistent(SimTruth *truth, uint32_t client, DistroClient id,
                                    DistroService service, DistroPublication after)
{
    uint32_t said = sim_truth_statement(truth, client, after);
    uint32_t of = service_meant(truth, client, service, said);
    uint32_t claim = enter_claim(truth, client, TRUTH_PERSISTENT | id, of, service);

    if (after != DISTRO_NONE) {
        after = distro_dictionary_with_health(truth->world->dictionary, after, true);
    }
    return begin_operation(truth, claim, after, said);
}

/* Settles @operation (+ 1) and all that are older: a newer answer makes theirs history. */
static void settle_chain(SimTruth *truth, uint32_t operation)
{
    while (operation != 0) {
        Operation *settled = operation_of(truth, operation - 1);
        operation = settled->older;
        settled->older = 0;
        settled->state = OPERATION_SETTLED;
    }
}

/* What @claim holds changes to @publication, which is @said; the operation @from (+ 1) and older
 * ones are history. Returns the instances that it may have held and holds no longer. (transfer
 * full) */
static GArray *hold(SimTruth *truth, uint32_t number, DistroPublication publication, uint32_t said,
                    uint32_t from)
{
    GArray *removed = g_array_new(false, false, sizeof(SimInstance));
    Claim *claim = truth_claim(truth, number);
    uint32_t count = sim_book_statement_info(truth->book, said)->count;

    count_claim(truth, claim, -1);
    truth->mark++;
    for (uint32_t i = 0; i < count; i++) {
        truth_instance(truth, sim_truth_said_instance(truth, claim->cluster, said, i))->mark =
            truth->mark;
    }
    for (guint i = 0; i < truth->touched->len; i++) {
        SimInstance instance = g_array_index(truth->touched, SimInstance, i);
        if (truth_instance(truth, instance)->mark == truth->mark) {
            continue;
        }
        truth_instance(truth, instance)->mark = truth->mark;
        g_array_append_val(removed, instance);
    }

    uint32_t *link = &claim->newest;
    while (*link != from) {
        link = &operation_of(truth, *link - 1)->older;
    }
    settle_chain(truth, *link);
    *link = 0;
    if (claim->held != DISTRO_NONE) {
        claim->last = claim->said;
        claim->ended = ++truth->serial;
    }
    claim->held = publication;
    claim->said = said;
    count_claim(truth, claim, +1);
    return removed;
}

void sim_truth_acknowledge(SimTruth *truth, uint32_t operation)
{
    Operation acknowledged = *operation_of(truth, operation);
    if (acknowledged.state == OPERATION_SETTLED) {
        return; /* a newer one was answered first, or the client is gone */
    }

    Claim *claim = truth_claim(truth, acknowledged.claim);
    name_publisher(truth, claim, &acknowledged, true);
    g_autoptr(GArray) removed =
        hold(truth, acknowledged.claim, acknowledged.after, acknowledged.said, operation + 1);
    if (acknowledged.after != DISTRO_NONE) {
        g_array_index(truth->clients, TruthClient, claim->client).published = ++truth->serial;
    }
    sim_content_acknowledge(truth, truth_claim(truth, acknowledged.claim)->cluster,
                            acknowledged.said);
    review_touched(truth, false);
    truth->acknowledged++;
    truth->world->changed = true;
    sim_watch_open(truth, acknowledged.claim, acknowledged.after, removed, false);
}

void sim_truth_abandon(SimTruth *truth, uint32_t operation, bool certain)
{
    Operation *abandoned = operation_of(truth, operation);
    if (abandoned->state == OPERATION_SETTLED) {
        return;
    }
    Claim *claim = truth_claim(truth, abandoned->claim);
    bool unsure = !certain || abandoned->repeats;

    count_claim(truth, claim, -1);
    if (unsure) {
        abandoned->state = OPERATION_UNSURE;
        sim_watch_drop(truth, claim);
    } else {
        abandoned->state = OPERATION_REFUSED;
    }
    forget_repeats(truth, operation);
    count_claim(truth, claim, +1);
    review_touched(truth, true);
}

static void end_client(SimTruth *truth, uint32_t client, bool killed)
{
    if (client >= truth->clients->len) {
        return;
    }
    TruthClient *owner = &g_array_index(truth->clients, TruthClient, client);
    bool publishes = false;

    for (uint32_t next = owner->newest_claim; next != 0;) {
        const Claim *claim = truth_claim(truth, next - 1);
        publishes |= claim->held != DISTRO_NONE && !claim->persistent;
        next = claim->next_of_client;
    }
    if (publishes) {
        owner->published = ++truth->serial; /* what it gave up before is not what it last had */
    }
    for (uint32_t next = owner->newest_claim; next != 0;) {
        uint32_t number = next - 1;
        const Claim *claim = truth_claim(truth, number);
        bool held = claim->held != DISTRO_NONE;
        next = claim->next_of_client;
        if (claim->persistent) {
            continue;
        }
        g_autoptr(GArray) removed = hold(truth, number, DISTRO_NONE, 0, claim->newest);
        review_touched(truth, false);
        if (held) {
            truth->acknowledged += !killed;
            sim_watch_open(truth, number, DISTRO_NONE, removed, killed);
        }
    }
    truth->world->changed = true;
}

void sim_truth_client_gone(SimTruth *truth, uint32_t client)
{
    end_client(truth, client, false);
}

void sim_truth_client_killed(SimTruth *truth, uint32_t client)
{
    end_client(truth, client, true);
}
