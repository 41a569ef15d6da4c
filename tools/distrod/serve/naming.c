/* tools/distrod/serve/naming.c -- registrations, queries, subscriptions and the list of
 * services. */
#include "tools/distrod/serve/naming.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLEAN_US 60000000 /* nacos.naming.clean.empty-service.interval and .expired-time */
#define DEFAULT_GROUP "DEFAULT_GROUP"

enum {
    MAX_NAMESPACE = 64,
    MAX_GROUP = 128,
    MAX_SERVICE = 512,
    MAX_CLUSTER = 64,
    MAX_IP = 128,
    MAX_PORT = 65535,
    MAX_METADATA = 1024,
    MAX_WEIGHT = 10000
};

/* A service that exists (ServiceManager's singletons). */
typedef struct Known {
    DistroService service;
    int64_t empty_since_us; /* it has no publisher; 0: it has */
} Known;

struct RegNaming {
    RegLoop *loop;
    RegLog *log;
    RegHost *host;
    DistroConfig config; /* push.h borrows it */
    DistroPush *push;
    RegTimer push_timer, clean_timer;
    GHashTable *known; /* DistroService -> Known */
    GArray *sorted;    /* (nullable) DistroService, of the query that .sorted_for names */
    char *sorted_for;
    RegPushSender senders[2];
    void *sender_data[2];
    DistroStatus replied;
    uint64_t replied_call;
    int64_t instances;
    RegNamingCounters counters;
};

/* ---- names ---- */

static bool is_of(const char *text, const char *more)
{
    for (; *text != '\0'; text++) {
        if (!g_ascii_isalnum(*text) && strchr(more, *text) == NULL) {
            return false;
        }
    }
    return true;
}

/* Neither white space nor what the pattern calls Chinese (U+4E00 to U+9FA5). */
static bool is_plain(const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        const gunichar letter = g_utf8_get_char(at);
        if (letter <= ' ' || letter == 0x7f || (letter >= 0x4e00 && letter <= 0x9fa5)) {
            return false;
        }
    }
    return true;
}

static const char *check_name(const char *name)
{
    if (name == NULL || *name == '\0') {
        return "Param 'serviceName' is illegal, serviceName is blank";
    }
    if (strlen(name) > MAX_SERVICE) {
        return "Param 'serviceName' is illegal, the param length should not exceed 512.";
    }
    if (*name == '@' || strstr(name, "@@") != NULL || !is_plain(name)) {
        return "Param 'serviceName' is illegal, illegal characters should not appear in the param.";
    }
    return NULL;
}

const char *reg_naming_check_service(const char *namespace_id, const char *group, const char *name)
{
    if (namespace_id != NULL && strlen(namespace_id) > MAX_NAMESPACE) {
        return "Param 'namespaceId/tenant' is illegal, the param length should not exceed 64.";
    }
    if (namespace_id != NULL && !is_of(namespace_id, "_-")) {
        return "Param 'namespaceId/tenant' is illegal, illegal characters should not appear in the "
               "param.";
    }
    if (group != NULL && strlen(group) > MAX_GROUP) {
        return "Param 'group' is illegal, the param length should not exceed 128.";
    }
    if (group != NULL && !is_of(group, "-_:.")) {
        return "Param 'group' is illegal, illegal characters should not appear in the param.";
    }
    return check_name(name);
}

static const char *check_metadata(const DistroNamingInstance *instance)
{
    size_t size = 0;
    for (size_t i = 0; i < instance->metadata_count; i++) {
        const DistroExtEntry *entry = &instance->metadata[i];
        size += strlen(entry->key) + (entry->kind == DISTRO_VALUE_STRING ? strlen(entry->text) : 0);
    }
    return size > MAX_METADATA
               ? "Param 'Metadata' is illegal, the param length should not exceed 1024."
               : NULL;
}

const char *reg_naming_check_instance(const DistroNamingInstance *instance)
{
    if (instance->ip == NULL || *instance->ip == '\0') {
        return "Param 'ip' is required.";
    }
    if (strlen(instance->ip) > MAX_IP || !is_plain(instance->ip) ||
        strchr(instance->ip, '#') != NULL) {
        return "Param 'ip' is illegal, illegal characters should not appear in the param.";
    }
    if (instance->port < 0 || instance->port > MAX_PORT) {
        return "Param 'port' is illegal, the value should be between 0 and 65535.";
    }
    if (instance->cluster != NULL && strlen(instance->cluster) > MAX_CLUSTER) {
        return "Param 'cluster' is illegal, the param length should not exceed 64.";
    }
    if (instance->cluster != NULL && !is_of(instance->cluster, "-_")) {
        return "Instance 'clusterName' should be characters with only 0-9a-zA-Z-_.";
    }
    if (!(instance->weight >= 0 && instance->weight <= MAX_WEIGHT)) {
        return "instance format invalid: The weights range from 0.0 to 10000.0";
    }
    return check_metadata(instance);
}

bool reg_naming_split(const char *grouped, char **group, char **name)
{
    const char *separator = strstr(grouped, "@@");
    *group = separator != NULL ? g_strndup(grouped, (gsize)(separator - grouped))
                               : g_strdup(DEFAULT_GROUP);
    *name = g_strdup(separator != NULL ? separator + strlen("@@") : grouped);
    return **group != '\0' && **name != '\0';
}

char *reg_naming_instance_id(const DistroNamingInstance *instance, const char *cluster,
                             const char *group, const char *name)
{
    return g_strdup_printf("%s#%d#%s#%s@@%s", instance->ip, instance->port,
                           cluster != NULL ? cluster : "null", group, name);
}

/* ---- services ---- */

static void forget_sorted(RegNaming *naming)
{
    g_clear_pointer(&naming->sorted, g_array_unref);
    g_clear_pointer(&naming->sorted_for, g_free);
}

static Known *know_service(RegNaming *naming, DistroService service)
{
    Known *known = g_hash_table_lookup(naming->known, GUINT_TO_POINTER(service));
    if (known == NULL) {
        known = g_new0(Known, 1);
        known->service = service;
        known->empty_since_us = g_get_monotonic_time();
        g_hash_table_insert(naming->known, GUINT_TO_POINTER(service), known);
        forget_sorted(naming);
    }
    return known;
}

static bool has_publishers(const RegNaming *naming, DistroService service)
{
    size_t count;
    distro_node_publishers(reg_host_node(naming->host), service, &count);
    return count > 0;
}

/* EmptyServiceCleanerV2: what has been without instances for a minute exists no more. */
static void clean_services(RegTimer *timer)
{
    RegNaming *naming = REG_OWNER(timer, RegNaming, clean_timer);
    const int64_t now_us = g_get_monotonic_time();
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, naming->known);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const Known *known = value;
        if (known->empty_since_us != 0 && now_us - known->empty_since_us >= CLEAN_US &&
            !has_publishers(naming, known->service)) {
            distro_push_forget(naming->push, known->service);
            g_hash_table_iter_remove(&iterator);
            forget_sorted(naming);
        }
    }
    reg_timers_set_in(reg_loop_timers(naming->loop), timer, CLEAN_US);
}

static gint compare_by_name(gconstpointer a, gconstpointer b, gpointer data)
{
    const DistroDictionary *dictionary = data;
    const DistroServiceInfo *left =
        distro_dictionary_service_info(dictionary, *(const DistroService *)a);
    const DistroServiceInfo *right =
        distro_dictionary_service_info(dictionary, *(const DistroService *)b);
    const int order = strcmp(distro_dictionary_text(dictionary, left->group),
                             distro_dictionary_text(dictionary, right->group));
    return order != 0 ? order
                      : strcmp(distro_dictionary_text(dictionary, left->name),
                               distro_dictionary_text(dictionary, right->name));
}

static GArray *collect_services(const RegNaming *naming, const char *namespace_id,
                                const char *group)
{
    DistroDictionary *dictionary = reg_host_dictionary(naming->host);
    GArray *services = g_array_new(false, false, sizeof(DistroService));
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, naming->known);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const DistroService service = ((const Known *)value)->service;
        const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
        if (strcmp(distro_dictionary_text(dictionary, info->namespace_id), namespace_id) == 0 &&
            (group == NULL ||
             strcmp(distro_dictionary_text(dictionary, info->group), group) == 0)) {
            g_array_append_val(services, service);
        }
    }
    g_array_sort_with_data(services, compare_by_name, dictionary);
    return services;
}

const GArray *reg_naming_services(RegNaming *naming, const char *namespace_id, const char *group)
{
    g_autofree char *wanted =
        g_strconcat(namespace_id, "##", group != NULL ? group : "", group != NULL ? "" : "#", NULL);
    if (g_strcmp0(wanted, naming->sorted_for) != 0) {
        forget_sorted(naming);
        naming->sorted = collect_services(naming, namespace_id, group);
        naming->sorted_for = g_steal_pointer(&wanted);
    }
    return naming->sorted;
}

uint32_t reg_naming_service_count(const RegNaming *naming)
{
    return g_hash_table_size(naming->known);
}

uint32_t reg_naming_instance_count(RegNaming *naming)
{
    return (uint32_t)naming->instances;
}

/* ---- pushes ---- */

static void set_push_timer(RegNaming *naming)
{
    const int64_t at_us = distro_push_wake_at(naming->push);
    RegTimers *timers = reg_loop_timers(naming->loop);
    if (at_us == INT64_MAX) {
        reg_timers_clear(timers, &naming->push_timer);
    } else if (naming->push_timer.place == 0 || naming->push_timer.at_us != at_us) {
        reg_timers_set(timers, &naming->push_timer, at_us);
    }
}

static void push_due(RegTimer *timer)
{
    RegNaming *naming = REG_OWNER(timer, RegNaming, push_timer);
    size_t count;
    const DistroPushTarget *targets =
        distro_push_wake(naming->push, g_get_monotonic_time(), &count);
    for (size_t i = 0; i < count; i++) {
        const int way = targets[i].datagram ? 1 : 0;
        if (naming->senders[way] != NULL) {
            naming->senders[way](naming->sender_data[way], &targets[i]);
        }
    }
    set_push_timer(naming);
}

void reg_naming_set_sender(RegNaming *naming, bool datagram, RegPushSender sender, void *data)
{
    naming->senders[datagram ? 1 : 0] = sender;
    naming->sender_data[datagram ? 1 : 0] = data;
}

static void put_service(GString *text, const DistroDictionary *dictionary, DistroService service)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    g_string_append_printf(
        text, "Service{namespace='%s', group='%s', name='%s', ephemeral=true, revision=0}",
        distro_dictionary_text(dictionary, info->namespace_id),
        distro_dictionary_text(dictionary, info->group),
        distro_dictionary_text(dictionary, info->name));
}

static void log_push(RegNaming *naming, const DistroPushTarget *target, RegPushOutcome outcome,
                     int64_t cost_us, int64_t since_us, uint32_t all, uint32_t selected,
                     const char *ip)
{
    GString *service = g_string_new(NULL);
    put_service(service, reg_host_dictionary(naming->host), target->service);
    const int64_t cost_ms = cost_us / 1000, delay_ms = since_us / 1000;
    if (outcome != REG_PUSH_DONE) {
        reg_log(naming->log, REG_LOG_NAMING_PUSH, REG_ERROR,
                "[PUSH-FAIL] %" G_GINT64_FORMAT "ms, %s, reason=no good answer in time, target=%s",
                cost_ms, service->str, ip);
    } else if (target->to_all) {
        reg_log(naming->log, REG_LOG_NAMING_PUSH, REG_INFO,
                "[PUSH-SUCC] %" G_GINT64_FORMAT "ms, all delay time %" G_GINT64_FORMAT
                "ms, SLA %" G_GINT64_FORMAT "ms, %s, originalSize=%u, DataSize=%u, target=%s",
                cost_ms, delay_ms, delay_ms, service->str, all, selected, ip);
    } else {
        reg_log(naming->log, REG_LOG_NAMING_PUSH, REG_INFO,
                "[PUSH-SUCC] %" G_GINT64_FORMAT "ms, all delay time %" G_GINT64_FORMAT
                "ms for subscriber %s, %s, originalSize=%u, DataSize=%u",
                cost_ms, delay_ms, ip, service->str, all, selected);
    }
    g_string_free(service, true);
}

void reg_naming_pushed(RegNaming *naming, const DistroPushTarget *target, RegPushOutcome outcome,
                       int64_t sent_us, uint32_t all, uint32_t selected, const char *ip)
{
    const int64_t now_us = g_get_monotonic_time();
    RegNamingCounters *counters = &naming->counters;
    if (outcome == REG_PUSH_GONE) {
        return;
    }
    log_push(naming, target, outcome, now_us - sent_us, now_us - target->since_us, all, selected,
             ip);
    counters->pushes++;
    if (outcome == REG_PUSH_FAILED) {
        counters->failed_pushes++;
        distro_push_unanswered(naming->push, target->subscriber, target->service, now_us);
        set_push_timer(naming);
        return;
    }
    counters->empty_pushes += selected == 0;
    counters->push_cost_us += (uint64_t)(now_us - sent_us);
    counters->push_max_us = MAX(counters->push_max_us, (uint64_t)(now_us - sent_us));
}

/* ---- subscriptions ---- */

void reg_naming_subscribe(RegNaming *naming, DistroClient client, bool datagram,
                          DistroService service)
{
    naming->counters.subscribes++;
    know_service(naming, service);
    distro_push_subscribe(naming->push, client, datagram, service, g_get_monotonic_time());
    set_push_timer(naming);
}

void reg_naming_unsubscribe(RegNaming *naming, DistroClient client, DistroService service)
{
    distro_push_unsubscribe(naming->push, client, service);
}

void reg_naming_forget_subscriber(RegNaming *naming, DistroClient client)
{
    distro_push_unsubscribe_all(naming->push, client);
}

GArray *reg_naming_subscribers(const RegNaming *naming, DistroService service)
{
    return distro_push_subscribers(naming->push, service);
}

DistroPushCounts reg_naming_push_counts(const RegNaming *naming)
{
    return distro_push_counts(naming->push);
}

RegNamingCounters *reg_naming_counters(RegNaming *naming)
{
    return &naming->counters;
}

/* ---- lists ---- */

static void *make_list(void *data, DistroService service)
{
    return reg_list_new(data, service);
}

static void drop_list(void *data, void *list)
{
    (void)data;
    reg_list_unref(list);
}

DistroService reg_naming_find(const RegNaming *naming, const char *namespace_id, const char *group,
                              const char *name)
{
    const DistroService service = distro_dictionary_find_service(reg_host_dictionary(naming->host),
                                                                 namespace_id, group, name);
    return g_hash_table_contains(naming->known, GUINT_TO_POINTER(service)) ? service : DISTRO_NONE;
}

RegList *reg_naming_list(RegNaming *naming, DistroService service)
{
    naming->counters.queries++;
    return distro_push_list(naming->push, service);
}

/* ---- the node ---- */

static int64_t instance_count(const RegNaming *naming, DistroPublication publication)
{
    return publication == DISTRO_NONE
               ? 0
               : distro_dictionary_publication_info(reg_host_dictionary(naming->host), publication)
                     ->count;
}

static void carry_view(void *data, const DistroEffect *effect)
{
    RegNaming *naming = data;
    Known *known = know_service(naming, effect->view.service);
    naming->instances +=
        instance_count(naming, effect->view.after) - instance_count(naming, effect->view.before);
    if (effect->view.after != DISTRO_NONE) {
        known->empty_since_us = 0;
    } else if (known->empty_since_us == 0 && !has_publishers(naming, known->service)) {
        known->empty_since_us = g_get_monotonic_time();
    }
    distro_push_changed(naming->push, effect->view.service, g_get_monotonic_time());
    set_push_timer(naming);
}

static void carry_reply(void *data, const DistroEffect *effect)
{
    RegNaming *naming = data;
    if (effect->reply.call == naming->replied_call) {
        naming->replied = effect->reply.status;
    }
}

static void count_operation(RegNaming *naming, DistroOperationKind kind)
{
    naming->counters.registrations += kind == DISTRO_OPERATION_REGISTER;
    naming->counters.deregistrations += kind == DISTRO_OPERATION_DEREGISTER;
}

DistroStatus reg_naming_operate(RegNaming *naming, DistroOperationKind kind, DistroClient client,
                                DistroService service, DistroPublication publication)
{
    const DistroInput input = { .kind = DISTRO_INPUT_OPERATION,
                                .operation = { .kind = kind,
                                               .client = client,
                                               .service = service,
                                               .publication = publication,
                                               .call = reg_host_new_call(naming->host) } };
    count_operation(naming, kind);
    naming->replied = DISTRO_STATUS_HTTP_ERROR;
    naming->replied_call = input.operation.call;
    reg_host_submit(naming->host, &input);
    naming->replied_call = 0;
    return naming->replied;
}

RegHost *reg_naming_host(const RegNaming *naming)
{
    return naming->host;
}

RegNaming *reg_naming_new(RegLoop *loop, RegLog *log, RegHost *host)
{
    RegNaming *naming = g_new0(RegNaming, 1);
    const DistroPushLists lists = { make_list, drop_list, host };
    naming->loop = loop;
    naming->log = log;
    naming->host = host;
    naming->config = *reg_host_config(host);
    naming->push = distro_push_new(&naming->config, &lists, true, g_get_monotonic_time());
    naming->known = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    naming->push_timer.fire = push_due;
    naming->clean_timer.fire = clean_services;
    reg_timers_set_in(reg_loop_timers(loop), &naming->clean_timer, CLEAN_US);
    reg_host_carry(host, DISTRO_EFFECT_VIEW, carry_view, naming);
    reg_host_carry(host, DISTRO_EFFECT_REPLY, carry_reply, naming);
    return naming;
}

void reg_naming_free(RegNaming *naming)
{
    if (naming == NULL) {
        return;
    }
    reg_timers_clear(reg_loop_timers(naming->loop), &naming->push_timer);
    reg_timers_clear(reg_loop_timers(naming->loop), &naming->clean_timer);
    distro_push_free(naming->push);
    g_hash_table_unref(naming->known);
    forget_sorted(naming);
    g_free(naming);
}
