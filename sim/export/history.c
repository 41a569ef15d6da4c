/* sim/export/history.c -- what clients asked for and what was read, as a history that other
 * people's checkers judge: Jepsen's (knossos, elle) and Porcupine take its events.
 *
 *      {"index":0,"type":"invoke","process":1,"f":"register","key":"shop","value":[...],"time":...}
 *      {"index":1,"type":"ok","process":1,"f":"register","key":"shop","value":[...],"time":...}
 *
 * A process does one thing at a time: "invoke", then "ok", "fail" or "info". Process 0 is the
 * story, which reads; a client is a process, or several while it does several things at once. A
 * write that was not acknowledged is "info", never "fail": redo or a later beat may still bring it
 * through. After that its process does nothing more, and the client goes on as another one, as
 * Jepsen has it. Faults are "info" of the process "nemesis". Times are nanoseconds. */
#include <string.h>

#include "sim/export/internal.h"

#define STORY 0

typedef struct Process {
    uint32_t client;          /* index */
    const SimRecord *invoked; /* the operation in hand; NULL: idle */
    const char *f;            /* its name */
    bool lost;                /* an operation of unknown outcome was its last */
} Process;

typedef struct History {
    const SimWorld *world;
    GString *out;
    uint64_t index;
    GArray *processes;     /* Process; number STORY is the story */
    GHashTable *in_hand;   /* id of an INVOKED -> number of its process */
    GHashTable *published; /* client and service -> the acknowledged publication */
    GHashTable *seen;      /* object and service -> GBytes of the last read */
} History;

/* --- values ---------------------------------------------------------------------------------- */

static void append_member(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "\"%s\":", name);
    sim_export_string(out, text);
}

/* "shop", or with the namespace and group in front that are not the usual ones. */
static void append_key(const History *history, DistroService service)
{
    const DistroDictionary *dictionary = history->world->dictionary;
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    const char *space = distro_dictionary_text(dictionary, info->namespace_id);
    const char *group = distro_dictionary_text(dictionary, info->group);
    g_autoptr(GString) name = g_string_new(NULL);
    if (strcmp(space, "public") != 0) {
        g_string_append_printf(name, "%s#", space);
    }
    if (strcmp(group, "DEFAULT_GROUP") != 0) {
        g_string_append_printf(name, "%s@@", group);
    }
    g_string_append(name, distro_dictionary_text(dictionary, info->name));
    g_string_append_c(history->out, ',');
    append_member(history->out, "key", name->str);
}

static void append_metadata(const History *history, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries =
        distro_dictionary_ext_entries(history->world->dictionary, ext, &count);
    const char *comma = "";
    g_string_append(history->out, ",\"metadata\":{");
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DISTRO_VALUE_STRING) { /* the rest is weight and enabled */
            g_string_append(history->out, comma);
            append_member(history->out, entries[i].key, entries[i].text);
            comma = ",";
        }
    }
    g_string_append_c(history->out, '}');
}

static void append_instance(const History *history, DistroListing listing)
{
    const DistroDictionary *dictionary = history->world->dictionary;
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    char weight[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_c(history->out, '{');
    append_member(history->out, "ip", distro_dictionary_text(dictionary, info->instance.ip));
    g_string_append_printf(history->out, ",\"port\":%d,", info->instance.port);
    append_member(history->out, "cluster",
                  distro_dictionary_text(dictionary, info->instance.cluster));
    g_string_append_printf(history->out, ",\"weight\":%s,\"healthy\":%s,\"enabled\":%s",
                           g_ascii_dtostr(weight, sizeof weight, info->weight),
                           info->instance.healthy ? "true" : "false",
                           info->enabled ? "true" : "false");
    append_metadata(history, info->instance.ext);
    g_string_append_c(history->out, '}');
}

/* By address, so that equal lists are equal texts. */
static int compare_listings(const void *left, const void *right, void *data)
{
    const DistroListing a = *(const DistroListing *)left, b = *(const DistroListing *)right;
    const DistroInstance *one = &distro_dictionary_listing_info(data, a)->instance;
    const DistroInstance *other = &distro_dictionary_listing_info(data, b)->instance;
    int order =
        strcmp(distro_dictionary_text(data, one->ip), distro_dictionary_text(data, other->ip));
    if (order == 0) {
        order = (one->port > other->port) - (one->port < other->port);
    }
    return order != 0 ? order : (a > b) - (a < b);
}

/* Two clients that publish the same show up once. */
static void append_instances(const History *history, const DistroListing *listings, size_t count)
{
    g_autofree DistroListing *sorted = g_memdup2(listings, count * sizeof *listings);
    if (count > 0) {
        g_qsort_with_data(sorted, (gint)count, sizeof *sorted, compare_listings,
                          history->world->dictionary);
    }
    g_string_append(history->out, ",\"value\":[");
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1]) {
            g_string_append(history->out, i > 0 ? "," : "");
            append_instance(history, sorted[i]);
        }
    }
    g_string_append_c(history->out, ']');
}

static void append_publication(const History *history, DistroPublication publication)
{
    if (publication == DISTRO_NONE) {
        append_instances(history, NULL, 0);
        return;
    }
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(history->world->dictionary, publication);
    append_instances(history, info->listings, info->count);
}

/* --- lines ----------------------------------------------------------------------------------- */

static void begin_line(History *history, const char *type, const char *f)
{
    g_string_append_printf(history->out, "{\"index\":%" G_GUINT64_FORMAT ",\"type\":\"%s\"",
                           history->index++, type);
    g_string_append_printf(history->out, ",\"f\":\"%s\"", f);
}

static void end_line(History *history, int64_t at_us)
{
    g_string_append_printf(history->out, ",\"time\":%" G_GINT64_FORMAT "}\n", at_us * 1000);
}

/* --- writes ---------------------------------------------------------------------------------- */

static DistroService service_of(const SimRecord *invoked)
{
    return (DistroService)((uint64_t)invoked->value >> 32);
}

static DistroPublication publication_of(const SimRecord *invoked)
{
    return (DistroPublication)((uint64_t)invoked->value & UINT32_MAX);
}

static int64_t *new_key(SimEndpoint who, DistroService service)
{
    const int64_t key = (int64_t)((uint64_t)who << 32 | service);
    return g_memdup2(&key, sizeof key);
}

/* A registration of what the client publishes already is an update. */
static const char *name_write(const History *history, const SimRecord *invoked)
{
    g_autofree int64_t *key = new_key(invoked->subject, service_of(invoked));
    if (invoked->op == SIM_N_OPS) {
        return "close";
    }
    if (invoked->op == SIM_OP_DEREGISTER) {
        return "deregister";
    }
    return g_hash_table_lookup(history->published, key) != NULL ? "update" : "register";
}

/* An idle one of the client's, or a new one. */
static uint32_t take_process(History *history, uint32_t client)
{
    for (uint32_t i = STORY + 1; i < history->processes->len; i++) {
        const Process *process = &g_array_index(history->processes, Process, i);
        if (process->client == client && process->invoked == NULL && !process->lost) {
            return i;
        }
    }
    const Process fresh = { .client = client };
    g_array_append_val(history->processes, fresh);
    return history->processes->len - 1;
}

static void append_write(History *history, const char *type, uint32_t number, int64_t at_us,
                         const char *error)
{
    const Process *process = &g_array_index(history->processes, Process, number);
    begin_line(history, type, process->f);
    g_string_append_printf(history->out, ",\"process\":%u", number);
    if (process->invoked->op == SIM_N_OPS) {
        g_string_append(history->out, ",\"value\":null");
    } else {
        append_key(history, service_of(process->invoked));
        append_publication(history, publication_of(process->invoked));
    }
    if (error != NULL) {
        g_string_append_c(history->out, ',');
        append_member(history->out, "error", error);
    }
    g_string_append_c(history->out, ',');
    append_member(history->out, "client",
                  sim_world_endpoint_name(history->world, process->invoked->subject));
    end_line(history, at_us);
}

static void append_invoked(History *history, const SimRecord *record, uint32_t id)
{
    uint32_t number = take_process(history, sim_endpoint_index(record->subject));
    Process *process = &g_array_index(history->processes, Process, number);
    process->invoked = record;
    process->f = name_write(history, record);
    g_hash_table_insert(history->in_hand, GUINT_TO_POINTER(id), GUINT_TO_POINTER(number));
    append_write(history, "invoke", number, record->at_us, NULL);
}

static void append_returned(History *history, const SimRecord *record, uint32_t id)
{
    void *found = g_hash_table_lookup(history->in_hand, GUINT_TO_POINTER(record->cause));
    if (found == NULL) {
        return; /* it began before the records that were kept */
    }
    const uint32_t number = GPOINTER_TO_UINT(found);
    Process *process = &g_array_index(history->processes, Process, number);
    GBytes *reason = sim_trace_attached(history->world->trace, id);
    const bool ok = record->value != 0;
    append_write(history, ok ? "ok" : "info", number, record->at_us,
                 reason != NULL ? g_bytes_get_data(reason, NULL) : NULL);
    if (ok) {
        g_hash_table_insert(history->published,
                            new_key(record->subject, service_of(process->invoked)),
                            GUINT_TO_POINTER(publication_of(process->invoked)));
    }
    g_hash_table_remove(history->in_hand, GUINT_TO_POINTER(record->cause));
    process->invoked = NULL;
    process->lost = !ok;
}

/* What was in hand when the run ended. */
static void append_unfinished(History *history)
{
    for (uint32_t i = STORY + 1; i < history->processes->len; i++) {
        if (g_array_index(history->processes, Process, i).invoked != NULL) {
            append_write(history, "info", i, history->world->now_us, "the run ended");
        }
    }
}

/* --- reads ----------------------------------------------------------------------------------- */

/* A predicate reads again after every event: only what is news is told. */
static bool is_news(History *history, const SimRecord *record, GBytes *listings)
{
    int64_t *key = new_key(record->object, (DistroService)(record->value & UINT32_MAX));
    GBytes *before = g_hash_table_lookup(history->seen, key);
    bool news = (record->value & SIM_TRACE_LOOK) == 0 || before == NULL || listings == NULL ||
                !g_bytes_equal(before, listings);
    if (listings != NULL) {
        g_hash_table_insert(history->seen, key, g_bytes_ref(listings));
    } else {
        g_hash_table_remove(history->seen, key);
        g_free(key);
    }
    return news;
}

static void append_read_line(History *history, const char *type, const SimRecord *record,
                             GBytes *listings, const char *error)
{
    begin_line(history, type, "read");
    g_string_append_printf(history->out, ",\"process\":%u", STORY);
    append_key(history, (DistroService)(record->value & UINT32_MAX));
    if (listings != NULL) {
        append_instances(history, g_bytes_get_data(listings, NULL),
                         g_bytes_get_size(listings) / sizeof(DistroListing));
    } else {
        g_string_append(history->out, ",\"value\":null");
    }
    if (error != NULL) {
        g_string_append_c(history->out, ',');
        append_member(history->out, "error", error);
    }
    g_string_append_c(history->out, ',');
    append_member(history->out, "at", sim_world_endpoint_name(history->world, record->object));
    end_line(history, record->at_us);
}

/* It costs no virtual time. */
static void append_read(History *history, const SimRecord *record, uint32_t id)
{
    GBytes *listings = sim_trace_attached(history->world->trace, id);
    if (!is_news(history, record, listings)) {
        return;
    }
    append_read_line(history, "invoke", record, NULL, NULL);
    append_read_line(history, listings != NULL ? "ok" : "fail", record, listings,
                     listings != NULL ? NULL : "down");
}

/* --- faults ---------------------------------------------------------------------------------- */

static bool is_fault(const SimRecord *record)
{
    return (record->kind >= SIM_TRACE_NODE_BOOT && record->kind <= SIM_TRACE_LINK_CLOG) ||
           record->kind == SIM_TRACE_CLIENT_KILLED || record->kind == SIM_TRACE_CLIENT_CRASHED;
}

/* Of a link, null stands for everybody else. */
static void append_endpoint(const History *history, SimEndpoint endpoint)
{
    if (endpoint == SIM_NO_ENDPOINT) {
        g_string_append(history->out, "null");
    } else {
        sim_export_string(history->out, sim_world_endpoint_name(history->world, endpoint));
    }
}

static void append_fault(History *history, const SimRecord *record)
{
    const bool of_link = record->kind >= SIM_TRACE_LINK_CUT && record->kind <= SIM_TRACE_LINK_CLOG;
    begin_line(history, "info", sim_trace_kind_name((SimTraceKind)record->kind));
    g_string_append(history->out, ",\"process\":\"nemesis\",\"value\":[");
    append_endpoint(history, record->subject);
    if (of_link) {
        g_string_append_c(history->out, ',');
        append_endpoint(history, record->object);
    }
    g_string_append_c(history->out, ']');
    end_line(history, record->at_us);
}

void sim_export_history(const SimWorld *world, const SimExportSlice *slice, GString *out)
{
    (void)slice; /* a checker needs all of it */
    History history = { .world = world, .out = out };
    history.processes = g_array_new(false, true, sizeof(Process));
    g_array_set_size(history.processes, STORY + 1);
    history.in_hand = g_hash_table_new(NULL, NULL);
    history.published = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    history.seen =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_bytes_unref);
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    for (size_t i = 0; i < count; i++) {
        const SimRecord *record = &records[i];
        const uint32_t id = sim_trace_first_id(world->trace) + (uint32_t)i;
        if (record->kind == SIM_TRACE_INVOKED) {
            append_invoked(&history, record, id);
        } else if (record->kind == SIM_TRACE_RETURNED) {
            append_returned(&history, record, id);
        } else if (record->kind == SIM_TRACE_READ) {
            append_read(&history, record, id);
        } else if (is_fault(record) && record->at_us >= 0) {
            append_fault(&history, record);
        }
    }
    append_unfinished(&history);
    g_array_unref(history.processes);
    g_hash_table_unref(history.in_hand);
    g_hash_table_unref(history.published);
    g_hash_table_unref(history.seen);
}
