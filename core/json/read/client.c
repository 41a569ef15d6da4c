/* core/json/read/client.c -- what servers of 2.x and 3.x say, back to a message.
 *
 * Reading runs every message twice over the same functions, first without a dictionary, to see
 * whether all of it is sound, then with one, to enter its names; so a message that is refused
 * leaves no trace. */
#include <stdlib.h>
#include <string.h>

#include "core/json/read/fields.h"
#include "core/json/read/messages.h"
#include "core/v2/snapshot.h"
#include "core/v2/text.h"

/* The parallel arrays of what a client publishes. */
typedef enum Column {
    COLUMN_NAMESPACE,
    COLUMN_GROUP,
    COLUMN_SERVICE,
    COLUMN_INFO,
    N_COLUMNS,
} Column;

/* One publication of a client: where its parts stand in the text, then its numbers. */
typedef struct Item {
    const char *namespace_id, *group, *name;
    const DistroJsonValue *info;
    bool batch;
    DistroService service;
    DistroPublication publication;
} Item;

/* One client's ClientSyncData. */
typedef struct SyncData {
    const char *client_id;
    int32_t revision;
    int32_t idle_ms;
    GArray *items; /* Item */
} SyncData;

static void sync_data_clear(SyncData *data)
{
    g_clear_pointer(&data->items, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SyncData, sync_data_clear)

static void clear_element(gpointer element)
{
    sync_data_clear(element);
}

/* False if @key is there and neither a string nor null. */
static bool optional_text(const DistroJson *json, const DistroJsonValue *value, const char *key,
                          const char **text)
{
    *text = distro_json_read_text(json, value, key);
    return *text != NULL || !distro_json_has(json, value, key);
}

/* GLib's decoder skips what it does not know; this one's letters are counted first. */
static bool is_base64(const char *text)
{
    size_t size = strlen(text);
    size_t letters =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    size_t padding = strspn(text + letters, "=");
    return size % 4 == 0 && padding <= 2 && letters + padding == size;
}

/* The JSON that @value's content holds, or NULL. */
static DistroJson *parse_content(const DistroJson *json, const DistroJsonValue *value)
{
    const char *text = distro_json_read_text(json, value, "content");
    if (text == NULL || !is_base64(text)) {
        return NULL;
    }
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    return distro_json_parse((const char *)bytes, size, NULL);
}

/* ---- instances ---- */

static DistroWireError read_ext(DistroDictionary *dictionary, const DistroJson *json,
                                const DistroJsonValue *value, DistroExt *ext)
{
    const DistroJsonValue *map = distro_json_member(json, value, "extendDatum", DISTRO_JSON_OBJECT);
    *ext = 0;
    if (map == NULL) {
        return distro_json_has(json, value, "extendDatum") ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
    }

    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(DistroExtEntry));
    DistroWireError error = distro_json_read_ext_entries(json, map, entries);
    if (error == DISTRO_WIRE_OK && dictionary != NULL) {
        *ext = distro_dictionary_ext(
            dictionary, (const DistroExtEntry *)(const void *)entries->data, entries->len);
    }
    return error;
}

static DistroWireError read_listing(DistroDictionary *dictionary, const DistroJson *json,
                                    const DistroJsonValue *value, DistroService service,
                                    DistroListing *listing)
{
    DistroInstance instance = { 0 };
    const char *ip = distro_json_read_text(json, value, "ip");
    const char *cluster;

    if (ip == NULL || !optional_text(json, value, "cluster", &cluster)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    DistroWireError error = distro_json_read_bool(json, value, "healthy", &instance.healthy);
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_i32(json, value, "port", &instance.port);
    }
    if (error == DISTRO_WIRE_OK) {
        error = read_ext(dictionary, json, value, &instance.ext);
    }
    if (error != DISTRO_WIRE_OK || dictionary == NULL) {
        return error;
    }

    instance.ip = distro_dictionary_name(dictionary, ip);
    instance.cluster = cluster == NULL ? DISTRO_NONE : distro_dictionary_name(dictionary, cluster);
    *listing = distro_dictionary_listing(dictionary, service, &instance);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_batch(DistroDictionary *dictionary, const DistroJson *json, Item *item)
{
    const DistroJsonValue *infos =
        distro_json_member(json, item->info, "instancePublishInfos", DISTRO_JSON_ARRAY);
    if (infos == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }

    g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
    for (const DistroJsonValue *info = distro_json_first(json, infos); info != NULL;
         info = distro_json_next(json, info)) {
        DistroListing listing = DISTRO_NONE;
        DistroWireError error = read_listing(dictionary, json, info, item->service, &listing);
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
        g_array_append_val(listings, listing);
    }
    if (dictionary != NULL) {
        item->publication = distro_dictionary_publication(
            dictionary, item->service, true, (const DistroListing *)(const void *)listings->data,
            listings->len);
    }
    return DISTRO_WIRE_OK;
}

static DistroWireError read_item(DistroDictionary *dictionary, const DistroJson *json, Item *item)
{
    if (dictionary != NULL) {
        item->service =
            distro_dictionary_service(dictionary, item->namespace_id, item->group, item->name);
    }
    if (item->batch) {
        return read_batch(dictionary, json, item);
    }

    DistroListing listing = DISTRO_NONE;
    DistroWireError error = read_listing(dictionary, json, item->info, item->service, &listing);
    if (error == DISTRO_WIRE_OK && dictionary != NULL) {
        item->publication =
            distro_dictionary_publication(dictionary, item->service, false, &listing, 1);
    }
    return error;
}

/* ---- clients ---- */

/* The four parallel arrays of @value become items. Unequal lengths make Nacos throw. */
static DistroWireError collect_items(const DistroJson *json, const DistroJsonValue *value,
                                     const char *infos_key, bool batch, GArray *items)
{
    const char *const keys[N_COLUMNS] = { "namespaces", "groupNames", "serviceNames", infos_key };
    const DistroJsonValue *cells[N_COLUMNS];
    uint32_t count = 0;

    for (int i = 0; i < N_COLUMNS; i++) {
        const DistroJsonValue *array = distro_json_member(json, value, keys[i], DISTRO_JSON_ARRAY);
        if (array == NULL || (i > 0 && array->count != count)) {
            return DISTRO_WIRE_BAD_TEXT;
        }
        count = array->count;
        cells[i] = distro_json_first(json, array);
    }
    for (uint32_t i = 0; i < count; i++) {
        for (int column = 0; column < COLUMN_INFO; column++) {
            if (cells[column]->kind != DISTRO_JSON_STRING) {
                return DISTRO_WIRE_BAD_TEXT;
            }
        }
        Item item = { .namespace_id = cells[COLUMN_NAMESPACE]->text,
                      .group = cells[COLUMN_GROUP]->text,
                      .name = cells[COLUMN_SERVICE]->text,
                      .info = cells[COLUMN_INFO],
                      .batch = batch };
        g_array_append_val(items, item);
        for (int column = 0; column < N_COLUMNS; column++) {
            cells[column] = distro_json_next(json, cells[column]);
        }
    }
    return DISTRO_WIRE_OK;
}

static int compare_items_by_name(const void *a, const void *b)
{
    const Item *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (order == 0) {
        order = strcmp(left->group, right->group);
    }
    return order != 0 ? order : strcmp(left->namespace_id, right->namespace_id);
}

static int compare_items_by_service(const void *a, const void *b)
{
    const Item *left = a, *right = b;
    return left->service < right->service ? -1 : left->service > right->service;
}

static Item *items_of(const SyncData *data)
{
    return (Item *)(void *)data->items->data;
}

static DistroWireError read_sync_data(const DistroJson *json, const DistroJsonValue *value,
                                      SyncData *data)
{
    const DistroJsonValue *attributes =
        distro_json_member(json, value, "attributes", DISTRO_JSON_OBJECT);
    const DistroJsonValue *map =
        attributes == NULL
            ? NULL
            : distro_json_member(json, attributes, "clientAttributes", DISTRO_JSON_OBJECT);
    data->client_id = distro_json_read_text(json, value, "clientId");
    data->items = g_array_new(false, false, sizeof(Item));
    if (data->client_id == NULL || map == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }

    DistroWireError error = distro_json_read_i32(json, map, "revision", &data->revision);
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_i32(json, value, "idleMs", &data->idle_ms);
    }
    if (error == DISTRO_WIRE_OK && data->idle_ms < 0) {
        error = DISTRO_WIRE_BAD_RANGE;
    }
    if (error == DISTRO_WIRE_OK) {
        error = collect_items(json, value, "instancePublishInfos", false, data->items);
    }
    /* Without a batch the object is there and empty. */
    const DistroJsonValue *batches =
        distro_json_member(json, value, "batchInstanceData", DISTRO_JSON_OBJECT);
    if (error == DISTRO_WIRE_OK && batches == NULL &&
        distro_json_has(json, value, "batchInstanceData")) {
        error = DISTRO_WIRE_BAD_TEXT;
    }
    if (error == DISTRO_WIRE_OK && batches != NULL &&
        distro_json_has(json, batches, "namespaces")) {
        error = collect_items(json, batches, "batchInstancePublishInfos", true, data->items);
    }
    if (error != DISTRO_WIRE_OK) {
        return error;
    }

    if (data->items->len > 1) {
        qsort(data->items->data, data->items->len, sizeof(Item), compare_items_by_name);
    }
    for (guint i = 0; i < data->items->len; i++) {
        if (i > 0 && compare_items_by_name(&items_of(data)[i - 1], &items_of(data)[i]) == 0) {
            return DISTRO_WIRE_BAD_ORDER;
        }
        error = read_item(NULL, json, &items_of(data)[i]);
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
    }
    return DISTRO_WIRE_OK;
}

/* Second run: what was found sound enters @dictionary. The numbers of new services follow the
 * order of their names, so equal texts give equal numbers. */
static void enter_sync_data(DistroDictionary *dictionary, const DistroJson *json, SyncData *data,
                            DistroClient *client, DistroContent *content)
{
    Item *items = items_of(data);
    guint count = data->items->len;

    *client = distro_dictionary_client(dictionary, data->client_id);
    for (guint i = 0; i < count; i++) {
        DistroWireError error = read_item(dictionary, json, &items[i]);
        g_assert_cmpint(error, ==, DISTRO_WIRE_OK); /* the first run said so */
    }
    if (count > 1) {
        qsort(items, count, sizeof *items, compare_items_by_service);
    }
    *content = (DistroContent) { .count = count };
    if (count == 1) {
        content->only = items[0].publication;
    } else if (count > 1) {
        DistroPublication *many = g_new(DistroPublication, count);
        for (guint i = 0; i < count; i++) {
            many[i] = items[i].publication;
        }
        content->many = g_bytes_new_take(many, count * sizeof *many);
    }
}

/* @data is the distroData of a CHANGE or of an answer to QUERY. */
static DistroWireError read_client_content(DistroDictionary *dictionary, const DistroJson *json,
                                           const DistroJsonValue *data, const char *resource_key,
                                           DistroMessage *message)
{
    g_autoptr(DistroJson) content = parse_content(json, data);
    if (content == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_auto(SyncData) sync_data = { 0 };
    DistroWireError error = read_sync_data(content, distro_json_root(content), &sync_data);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    if (strcmp(sync_data.client_id, resource_key) != 0) {
        return DISTRO_WIRE_BAD_TEXT; /* a message speaks of one client */
    }
    message->revision = sync_data.revision;
    enter_sync_data(dictionary, content, &sync_data, &message->client, &message->content);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_verify_content(const DistroJson *json, const DistroJsonValue *data,
                                           const char *resource_key, DistroMessage *message)
{
    g_autoptr(DistroJson) content = parse_content(json, data);
    if (content == NULL ||
        !distro_json_is_text(content, distro_json_root(content), "clientId", resource_key)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    return distro_json_read_i32(content, distro_json_root(content), "revision", &message->revision);
}

/* ---- requests ---- */

/* The distroKey of @data, whose resource type must be ours. */
static DistroWireError read_key(const DistroJson *json, const DistroJsonValue *data,
                                const char **resource_key, const char **target)
{
    const DistroJsonValue *key = distro_json_member(json, data, "distroKey", DISTRO_JSON_OBJECT);
    if (key == NULL || !distro_json_is_text(json, key, "resourceType", DISTRO_RESOURCE_TYPE) ||
        !optional_text(json, key, "targetServer", target)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    *resource_key = distro_json_read_text(json, key, "resourceKey");
    return *resource_key == NULL ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
}

static bool is_operation(const DistroJson *json, const DistroJsonValue *root, DistroOp op)
{
    return distro_json_is_text(json, root, "dataOperation", distro_v2_operation(op)) ||
           (op == DISTRO_OP_CHANGE && distro_json_is_text(json, root, "dataOperation", "ADD"));
}

static DistroWireError read_client_request(DistroDictionary *dictionary, const DistroJson *json,
                                           const DistroJsonValue *root, DistroMessage *message)
{
    const DistroJsonValue *data = distro_json_member(json, root, "distroData", DISTRO_JSON_OBJECT);
    const char *resource_key, *target;
    if (data == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    DistroWireError error = read_key(json, data, &resource_key, &target);

    if (error == DISTRO_WIRE_OK && message->op == DISTRO_OP_VERIFY) {
        error = read_verify_content(json, data, resource_key, message);
    }
    if (error == DISTRO_WIRE_OK && message->op == DISTRO_OP_CHANGE) {
        error = read_client_content(dictionary, json, data, resource_key, message);
    }
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    message->client = distro_dictionary_client(dictionary, resource_key);
    bool aimed = message->op == DISTRO_OP_CHANGE || message->op == DISTRO_OP_DELETE;
    if (aimed && target != NULL) {
        message->target = distro_dictionary_name(dictionary, target);
    }
    return DISTRO_WIRE_OK;
}

/* The node's address, which is all that a report says to us. */
static DistroWireError read_node(DistroDictionary *dictionary, const DistroJson *json,
                                 const DistroJsonValue *root, DistroMessage *message)
{
    const DistroJsonValue *node = distro_json_member(json, root, "node", DISTRO_JSON_OBJECT);
    const char *address = node == NULL ? NULL : distro_json_read_text(json, node, "address");

    if (address == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    message->target = distro_dictionary_name(dictionary, address);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_connect(const char *text, size_t size)
{
    size_t used;
    g_autoptr(DistroJson) check = distro_json_parse(text, size, &used);
    if (check == NULL ||
        !distro_json_is_text(check, distro_json_root(check), "module", "internal")) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_autoptr(DistroJson) setup = distro_json_parse(text + used, size - used, NULL);
    if (setup == NULL ||
        !distro_json_is_text(setup, distro_json_root(setup), "module", "internal") ||
        distro_json_read_text(setup, distro_json_root(setup), "clientVersion") == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    return DISTRO_WIRE_OK;
}

static DistroWireError read_json_request(DistroDictionary *dictionary, const DistroJson *json,
                                         DistroMessage *message)
{
    const DistroJsonValue *root = distro_json_root(json);
    switch (message->op) {
    case DISTRO_OP_CHANGE:
    case DISTRO_OP_DELETE:
    case DISTRO_OP_VERIFY:
    case DISTRO_OP_QUERY:
        return is_operation(json, root, message->op)
                   ? read_client_request(dictionary, json, root, message)
                   : DISTRO_WIRE_BAD_TEXT;
    case DISTRO_OP_SNAPSHOT:
        return is_operation(json, root, message->op) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    case DISTRO_OP_REPORT:
        return read_node(dictionary, json, root, message);
    case DISTRO_OP_HEALTH:
        return distro_json_is_text(json, root, "module", "internal") ? DISTRO_WIRE_OK
                                                                     : DISTRO_WIRE_BAD_TEXT;
    default:
        return DISTRO_WIRE_UNKNOWN_OP;
    }
}

/* ---- answers ---- */

static DistroWireError read_snapshot(DistroDictionary *dictionary, const DistroJson *json,
                                     const DistroJsonValue *data, DistroMessage *message)
{
    g_autoptr(DistroJson) content = parse_content(json, data);
    const DistroJsonValue *list = content == NULL
                                      ? NULL
                                      : distro_json_member(content, distro_json_root(content),
                                                           "clientSyncDataList", DISTRO_JSON_ARRAY);
    if (list == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }

    g_autoptr(GArray) clients = g_array_new(false, true, sizeof(SyncData));
    g_array_set_clear_func(clients, clear_element);
    g_array_set_size(clients, list->count);
    guint count = 0;
    for (const DistroJsonValue *element = distro_json_first(content, list); element != NULL;
         element = distro_json_next(content, element)) {
        DistroWireError error =
            read_sync_data(content, element, &g_array_index(clients, SyncData, count++));
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
    }

    GByteArray *out = g_byte_array_new();
    for (guint i = 0; i < count; i++) {
        SyncData *sync_data = &g_array_index(clients, SyncData, i);
        DistroClient client;
        DistroContent its_content;
        enter_sync_data(dictionary, content, sync_data, &client, &its_content);
        const DistroSnapshotElement read = { .client = client,
                                             .revision = sync_data->revision,
                                             .idle_ms = sync_data->idle_ms,
                                             .count = its_content.count,
                                             .items = distro_content_items(&its_content) };
        distro_snapshot_add(out, &read);
        distro_content_clear(&its_content);
    }
    distro_message_take_list(message, out, count);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_answer_data(DistroDictionary *dictionary, const DistroJson *json,
                                        const DistroJsonValue *root, DistroMessage *message)
{
    const DistroJsonValue *data = distro_json_member(json, root, "distroData", DISTRO_JSON_OBJECT);
    if (data == NULL) {
        bool absent = !distro_json_has(json, root, "distroData");
        return absent && message->op == DISTRO_OP_QUERY ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    }
    const char *resource_key, *target;
    DistroWireError error = read_key(json, data, &resource_key, &target);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    return message->op == DISTRO_OP_QUERY
               ? read_client_content(dictionary, json, data, resource_key, message)
               : read_snapshot(dictionary, json, data, message);
}

static DistroWireError read_json_answer(DistroDictionary *dictionary, const DistroJson *json,
                                        DistroMessage *message)
{
    const DistroJsonValue *root = distro_json_root(json);
    DistroWireError error = distro_json_read_status(json, root, &message->status);
    if (error != DISTRO_WIRE_OK || message->status != DISTRO_STATUS_OK) {
        return error;
    }
    if (message->op == DISTRO_OP_QUERY || message->op == DISTRO_OP_SNAPSHOT) {
        return read_answer_data(dictionary, json, root, message);
    }
    if (message->op == DISTRO_OP_REPORT && distro_json_has(json, root, "node")) {
        return read_node(dictionary, json, root, message);
    }
    return DISTRO_WIRE_OK;
}

/* ---- the message ---- */

DistroWireError distro_json_read_client(DistroDictionary *dictionary, const char *text, size_t size,
                                        DistroMessage *message)
{
    if (message->op == DISTRO_OP_CONNECT && !message->answer) {
        return read_connect(text, size);
    }

    g_autoptr(DistroJson) json = distro_json_parse(text, size, NULL);
    if (json == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    return message->answer ? read_json_answer(dictionary, json, message)
                           : read_json_request(dictionary, json, message);
}
