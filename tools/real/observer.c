/* tools/real/observer.c -- see observer.h. */
#include "tools/real/observer.h"

#include <string.h>

#include "sim/study/study.h"
#include "sim/truth/truth.h"
#include "tools/real/http.h"
#include "tools/real/listing.h"

#define ANSWER_LIMIT_US 1000000
#define NO_SERVICE "distrosim-warm-up"
enum {
    MEMBERS_EVERY = 5, /* rounds */
};

/* What the index was seen to hold of one client and address. */
typedef struct Entry {
    DistroService service;
    DistroClient client;
    DistroName ip;
    int32_t port;
    DistroPublication publication;
    uint64_t round; /* in which it was seen last */
} Entry;

typedef enum Step {
    STEP_READY,
    STEP_INDEX,
    STEP_LIST,
    STEP_MEMBERS,
    STEP_CLIENTS,
} Step;

struct RealObserver {
    RegLoop *loop;
    SimNode *node;
    RealHttp *http;
    RealDialect dialect;
    void (*catch_up)(void *data);
    void *data;
    bool runs, paused, ready;
    Step step;
    DistroService service; /* that is being asked for, */
    SimInstance instance;  /* V2: the one whose address is, */
    bool whole;            /* and no answer of its index was missing */
    uint64_t round;
    GArray *entries; /* Entry */
    GArray *lists;   /* GArray of DistroListing by service, or NULL */
    GArray *members; /* SimSeenMember */
    uint32_t clients;
    int64_t due_us; /* when the round under way should have begun */
    int64_t ready_us, cold_us;
    int64_t late_us;
    uint64_t rounds;
};

static SimWorld *world_of(const RealObserver *observer)
{
    return observer->node->world;
}

static DistroDictionary *dictionary_of(const RealObserver *observer)
{
    return world_of(observer)->dictionary;
}

/* --- lists ------------------------------------------------------------------------------------ */

static GArray *list_of(const RealObserver *observer, DistroService service)
{
    return service < observer->lists->len ? g_array_index(observer->lists, GArray *, service)
                                          : NULL;
}

static GArray *fresh_list(RealObserver *observer, DistroService service)
{
    if (observer->lists->len <= service) {
        g_array_set_size(observer->lists, service + 1);
    }
    GArray **list = &g_array_index(observer->lists, GArray *, service);
    if (*list == NULL) {
        *list = g_array_new(false, false, sizeof(DistroListing));
    }
    g_array_set_size(*list, 0);
    return *list;
}

/* A query leaves out what is not enabled; so do lists of 3.x's and 2.x's open APIs. */
static void take_list(RealObserver *observer, const DistroJson *json)
{
    const DistroJsonValue *root = distro_json_root(json);
    const DistroJsonValue *data = reg_json_object(json, root, "data");
    const DistroJsonValue *hosts = reg_json_array(json, data != NULL ? data : root, "hosts");
    real_listings_of(dictionary_of(observer), observer->service, json,
                     hosts != NULL ? hosts : reg_json_array(json, root, "data"),
                     fresh_list(observer, observer->service));
}

/* --- the index -------------------------------------------------------------------------------- */

static bool is_at(const DistroDictionary *dictionary, DistroListing listing, DistroName ip,
                  int32_t port)
{
    const DistroInstance *instance = &distro_dictionary_listing_info(dictionary, listing)->instance;
    return instance->ip == ip && instance->port == port;
}

static DistroListing default_listing(RealObserver *observer, DistroName ip, int32_t port)
{
    DistroDictionary *dictionary = dictionary_of(observer);
    const DistroInstance instance = { .ip = ip,
                                      .port = port,
                                      .healthy = true,
                                      .cluster = distro_dictionary_name(dictionary, "DEFAULT") };
    return distro_dictionary_listing(dictionary, observer->service, &instance);
}

/* What it says: see the head of observer.h. */
static DistroListing content_of(RealObserver *observer, DistroName ip, int32_t port)
{
    const SimTruth *truth = world_of(observer)->study->truth;
    const GArray *list = list_of(observer, observer->service);
    SimInstance instance;
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const DistroListing listing = g_array_index(list, DistroListing, i);
        if (is_at(dictionary_of(observer), listing, ip, port)) {
            return listing;
        }
    }
    if (sim_truth_find(truth, observer->node->cluster, observer->service, ip, port, &instance)) {
        const DistroListing expected = sim_truth_instance(truth, instance)->expected;
        if (expected != DISTRO_NONE) {
            return expected;
        }
    }
    return default_listing(observer, ip, port);
}

static Entry *find_entry(const RealObserver *observer, DistroClient client, DistroName ip,
                         int32_t port)
{
    for (guint i = 0; i < observer->entries->len; i++) {
        Entry *entry = &g_array_index(observer->entries, Entry, i);
        if (entry->service == observer->service && entry->client == client && entry->ip == ip &&
            entry->port == port) {
            return entry;
        }
    }
    return NULL;
}

static void show(RealObserver *observer, Entry *entry, DistroPublication publication)
{
    if (entry->publication != publication) {
        sim_reality_view(observer->node, entry->client, entry->service, entry->publication,
                         publication);
        entry->publication = publication;
    }
}

static void take_publisher(RealObserver *observer, const char *id, const char *ip_text,
                           int32_t port)
{
    DistroDictionary *dictionary = dictionary_of(observer);
    const DistroClient client = distro_dictionary_client(dictionary, id);
    const DistroName ip = distro_dictionary_name(dictionary, ip_text);
    const DistroListing listing = content_of(observer, ip, port);
    Entry *entry = find_entry(observer, client, ip, port);
    if (entry == NULL) {
        const Entry fresh = {
            .service = observer->service, .client = client, .ip = ip, .port = port
        };
        g_array_append_val(observer->entries, fresh);
        entry = &g_array_index(observer->entries, Entry, observer->entries->len - 1);
    }
    entry->round = observer->round;
    show(observer, entry,
         distro_dictionary_publication(dictionary, observer->service, false, &listing, 1));
}

static void drop_unseen(RealObserver *observer)
{
    if (!observer->whole) {
        return;
    }
    for (guint i = observer->entries->len; i-- > 0;) {
        Entry *entry = &g_array_index(observer->entries, Entry, i);
        if (entry->service == observer->service && entry->round != observer->round) {
            show(observer, entry, DISTRO_NONE);
            g_array_remove_index(observer->entries, i);
        }
    }
}

static void take_index(RealObserver *observer, const DistroJson *json)
{
    const DistroJsonValue *publishers = reg_json_array(json, distro_json_root(json), "data");
    observer->whole &= publishers != NULL;
    for (const DistroJsonValue *publisher = publishers != NULL ? distro_json_first(json, publishers)
                                                               : NULL;
         publisher != NULL; publisher = distro_json_next(json, publisher)) {
        const char *id = reg_json_text(json, publisher, "clientId");
        const char *ip = reg_json_text(json, publisher, "ip");
        if (id != NULL && ip != NULL) {
            take_publisher(observer, id, ip, (int32_t)reg_json_number(json, publisher, "port", 0));
        }
    }
}

/* --- members ---------------------------------------------------------------------------------- */

static DistroMemberState state_of(const char *text)
{
    return g_str_equal(text, "UP")           ? DISTRO_MEMBER_UP
           : g_str_equal(text, "SUSPICIOUS") ? DISTRO_MEMBER_SUSPICIOUS
                                             : DISTRO_MEMBER_DOWN;
}

static int compare_members(gconstpointer a, gconstpointer b, gpointer data)
{
    const SimSeenMember *left = a, *right = b;
    return strcmp(distro_dictionary_text(data, left->address),
                  distro_dictionary_text(data, right->address));
}

static void take_members(RealObserver *observer, const DistroJson *json)
{
    const DistroJsonValue *list = reg_json_array(json, distro_json_root(json), "data");
    if (list == NULL) {
        return;
    }
    g_autoptr(GArray) members = g_array_new(false, false, sizeof(SimSeenMember));
    for (const DistroJsonValue *member = distro_json_first(json, list); member != NULL;
         member = distro_json_next(json, member)) {
        const char *address = reg_json_text(json, member, "address");
        const char *state = reg_json_text(json, member, "state");
        if (address != NULL && state != NULL) {
            const SimSeenMember seen = { distro_dictionary_name(dictionary_of(observer), address),
                                         state_of(state) };
            g_array_append_val(members, seen);
        }
    }
    g_array_sort_with_data(members, compare_members, dictionary_of(observer));
    const bool same = members->len == observer->members->len &&
                      (members->len == 0 || memcmp(members->data, observer->members->data,
                                                   members->len * sizeof(SimSeenMember)) == 0);
    if (!same) {
        g_array_set_size(observer->members, 0);
        g_array_append_vals(observer->members, members->data, members->len);
        world_of(observer)->changed = true;
    }
}

static void take_clients(RealObserver *observer, const DistroJson *json)
{
    const int64_t count = reg_json_number(json, distro_json_root(json), "clientCount", 0);
    world_of(observer)->changed |= observer->clients != (uint32_t)count;
    observer->clients = (uint32_t)count;
}

/* --- a round ---------------------------------------------------------------------------------- */

static char *service_path(const RealObserver *observer, const char *v2, const char *v3)
{
    const DistroDictionary *dictionary = dictionary_of(observer);
    if (observer->service == DISTRO_NONE) {
        return g_strdup_printf("%s?serviceName=" NO_SERVICE,
                               observer->dialect == REAL_DIALECT_V3 ? v3 : v2);
    }
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, observer->service);
    g_autofree char *group =
        g_uri_escape_string(distro_dictionary_text(dictionary, info->group), NULL, false);
    g_autofree char *name =
        g_uri_escape_string(distro_dictionary_text(dictionary, info->name), NULL, false);
    g_autofree char *space =
        g_uri_escape_string(distro_dictionary_text(dictionary, info->namespace_id), NULL, false);
    return g_strdup_printf("%s?namespaceId=%s&groupName=%s&serviceName=%s",
                           observer->dialect == REAL_DIALECT_V3 ? v3 : v2, space, group, name);
}

/* ClientInfoControllerV2 compares address and port with what it was given, and be it nothing. */
static char *index_path(const RealObserver *observer)
{
    g_autofree char *path = service_path(observer, "/nacos/v2/ns/client/service/publisher/list",
                                         "/nacos/v3/admin/ns/client/service/publisher/list");
    if (observer->dialect != REAL_DIALECT_V2) {
        return g_steal_pointer(&path);
    }
    if (observer->service == DISTRO_NONE) {
        return g_strdup_printf("%s&ip=10.0.0.1&port=1", path);
    }
    const SimInstanceInfo *asked =
        sim_truth_instance(world_of(observer)->study->truth, observer->instance);
    return g_strdup_printf("%s&ip=%s&port=%d", path,
                           distro_dictionary_text(dictionary_of(observer), asked->ip),
                           (int)asked->port);
}

/* The next address of the service that is to be asked for, from .instance on; false: there is none,
 * or all are asked for at once. */
static bool find_address(RealObserver *observer)
{
    const SimTruth *truth = world_of(observer)->study->truth;
    const uint32_t count = sim_truth_instance_count(truth);
    while (observer->instance < count &&
           sim_truth_instance(truth, observer->instance)->service != observer->service) {
        observer->instance++;
    }
    return observer->dialect == REAL_DIALECT_V2 && observer->instance < count;
}

static char *path_of_step(const RealObserver *observer)
{
    const bool v3 = observer->dialect == REAL_DIALECT_V3;
    switch (observer->step) {
    case STEP_READY:
        return g_strdup(v3 ? "/nacos/v3/admin/core/state/readiness"
                           : "/nacos/v2/console/health/readiness");
    case STEP_INDEX:
        return index_path(observer);
    case STEP_LIST:
        return service_path(observer, "/nacos/v2/ns/instance/list",
                            "/nacos/v3/client/ns/instance/list");
    case STEP_MEMBERS:
        return g_strdup(v3 ? "/nacos/v3/admin/core/cluster/node/list"
                           : "/nacos/v1/core/cluster/nodes");
    case STEP_CLIENTS:
        return g_strdup(v3 ? "/nacos/v3/admin/ns/ops/metrics?onlyStatus=false"
                           : "/nacos/v1/ns/operator/metrics?onlyStatus=false");
    }
    g_assert_not_reached();
}

static void on_answer(void *data, unsigned code, const char *body, size_t size);

static void ask(RealObserver *observer)
{
    g_autofree char *path = path_of_step(observer);
    real_http_get(observer->http, path, ANSWER_LIMIT_US, on_answer, observer);
}

/* Before there is any instance, list and index of a service that no one has are asked for: what a
 * Java server does for the first time it does slowly, and the first registration would show it. */
static bool is_warming(const RealObserver *observer)
{
    return observer->step == STEP_READY &&
           sim_truth_instance_count(world_of(observer)->study->truth) == 0;
}

static bool next_service(RealObserver *observer)
{
    if (is_warming(observer)) {
        observer->step = STEP_LIST;
        return true;
    }
    if (observer->service == distro_dictionary_counts(dictionary_of(observer)).services) {
        observer->step = STEP_MEMBERS;
        return observer->round % MEMBERS_EVERY == 0;
    }
    observer->service++;
    observer->step = STEP_LIST;
    return true;
}

/* Lists before indexes: contents are looked up in them. False at the end of the round. */
static bool next_step(RealObserver *observer)
{
    switch (observer->step) {
    case STEP_READY:
        return next_service(observer);
    case STEP_LIST:
        observer->step = STEP_INDEX;
        observer->instance = 0;
        observer->whole = true;
        if (observer->dialect != REAL_DIALECT_V2 || observer->service == DISTRO_NONE ||
            find_address(observer)) {
            return true;
        }
        drop_unseen(observer);
        return next_service(observer);
    case STEP_INDEX:
        observer->instance++;
        if (find_address(observer)) {
            return true;
        }
        drop_unseen(observer);
        return next_service(observer);
    case STEP_MEMBERS:
        observer->step = STEP_CLIENTS;
        return true;
    case STEP_CLIENTS:
        return false;
    }
    g_assert_not_reached();
}

static void end_round(RealObserver *observer)
{
    if (observer->due_us == 0) {
        return; /* it was frozen meanwhile */
    }
    const int64_t late_us = g_get_monotonic_time() - observer->due_us - REAL_POLL_US;
    observer->rounds++;
    if (observer->due_us - observer->ready_us >= observer->cold_us) {
        observer->late_us = MAX(observer->late_us, late_us);
    }
    observer->due_us = 0;
}

static void take_answer(RealObserver *observer, const char *body, size_t size)
{
    g_autoptr(DistroJson) json = distro_json_parse(body, size, NULL);
    if (json == NULL || distro_json_root(json)->kind != DISTRO_JSON_OBJECT) {
        return;
    }
    switch (observer->step) {
    case STEP_READY:
        break;
    case STEP_INDEX:
        take_index(observer, json);
        break;
    case STEP_LIST:
        take_list(observer, json);
        break;
    case STEP_MEMBERS:
        take_members(observer, json);
        break;
    case STEP_CLIENTS:
        take_clients(observer, json);
        break;
    }
}

static void on_answer(void *data, unsigned code, const char *body, size_t size)
{
    RealObserver *observer = data;
    if (!observer->runs) {
        return;
    }
    observer->catch_up(observer->data);
    if (code == 200 && observer->step == STEP_READY && !observer->ready) {
        observer->ready = true;
        observer->ready_us = g_get_monotonic_time();
        sim_reality_ready(observer->node);
    }
    if (code == 200) {
        take_answer(observer, body, size);
    } else {
        observer->whole = false;
    }
    if (!observer->ready) {
        observer->due_us = 0;
    } else if (code != 0 && next_step(observer)) {
        ask(observer);
    } else {
        end_round(observer);
    }
}

void real_observer_poll(RealObserver *observer)
{
    if (!observer->runs || observer->paused || real_http_is_busy(observer->http)) {
        return;
    }
    observer->round++;
    observer->due_us = g_get_monotonic_time();
    observer->service = DISTRO_NONE;
    observer->step = STEP_READY;
    if (observer->ready && !next_step(observer)) {
        end_round(observer);
        return;
    }
    ask(observer);
}

/* --- life ------------------------------------------------------------------------------------- */

static void free_list(gpointer data)
{
    GArray *list = *(GArray **)data;
    if (list != NULL) {
        g_array_unref(list);
    }
}

/* "10.0.0.1:8848" */
static RealHttp *http_for(RegLoop *loop, const SimNode *node, int space)
{
    g_autofree char *host = NULL;
    uint16_t port = 0;
    const bool split = reg_address_split(node->address, &host, &port);
    g_assert_true(split);
    return real_http_new(loop, space, host, port);
}

RealObserver *real_observer_new(RegLoop *loop, SimNode *node, int space, RealDialect dialect,
                                int64_t cold_us, void (*catch_up)(void *data), void *data)
{
    RealObserver *observer = g_new0(RealObserver, 1);
    observer->loop = loop;
    observer->node = node;
    observer->http = http_for(loop, node, space);
    observer->dialect = dialect;
    observer->cold_us = cold_us;
    observer->catch_up = catch_up;
    observer->data = data;
    observer->entries = g_array_new(false, false, sizeof(Entry));
    observer->lists = g_array_new(false, true, sizeof(GArray *));
    g_array_set_clear_func(observer->lists, free_list);
    observer->members = g_array_new(false, false, sizeof(SimSeenMember));
    return observer;
}

void real_observer_free(RealObserver *observer)
{
    if (observer == NULL) {
        return;
    }
    real_http_free(observer->http);
    g_array_unref(observer->entries);
    g_array_unref(observer->lists);
    g_array_unref(observer->members);
    g_free(observer);
}

/* The truth forgets the view of a node that goes down by itself. */
static void forget(RealObserver *observer)
{
    g_array_set_size(observer->entries, 0);
    g_array_set_size(observer->lists, 0);
    g_array_set_size(observer->members, 0);
    observer->clients = 0;
    observer->ready = false;
    observer->paused = false;
    observer->due_us = 0;
}

void real_observer_begin(RealObserver *observer)
{
    forget(observer);
    observer->runs = true;
}

void real_observer_end(RealObserver *observer)
{
    forget(observer);
    observer->runs = false;
}

void real_observer_pause(RealObserver *observer, bool paused)
{
    observer->paused = paused;
    observer->due_us = 0;
}

bool real_observer_sees_all_up(const RealObserver *observer)
{
    const guint count = observer->members->len;
    bool all = observer->ready && count == observer->node->members->len;
    for (guint i = 0; i < count; i++) {
        all &= g_array_index(observer->members, SimSeenMember, i).state == DISTRO_MEMBER_UP;
    }
    return all;
}

SimSeen real_observer_seen(const RealObserver *observer)
{
    return (SimSeen) { .members = (const SimSeenMember *)(const void *)observer->members->data,
                       .member_count = observer->members->len,
                       .clients = observer->clients };
}

void real_observer_stored(const RealObserver *observer, DistroService service, GArray *listings)
{
    for (guint i = 0; i < observer->entries->len; i++) {
        const Entry *entry = &g_array_index(observer->entries, Entry, i);
        if (entry->service == service && entry->publication != DISTRO_NONE) {
            g_array_append_val(listings, distro_dictionary_publication_info(dictionary_of(observer),
                                                                            entry->publication)
                                             ->listings[0]);
        }
    }
}

void real_observer_listed(const RealObserver *observer, DistroService service, GArray *listings)
{
    const GArray *list = list_of(observer, service);
    if (list != NULL && list->len > 0) {
        g_array_append_vals(listings, list->data, list->len);
    }
}

uint64_t real_observer_rounds(const RealObserver *observer)
{
    return observer->rounds;
}

int64_t real_observer_late_us(const RealObserver *observer)
{
    return observer->late_us;
}

void real_observer_reset_figures(RealObserver *observer)
{
    observer->rounds = 0;
    observer->late_us = 0;
}
