/* core/json/read.c -- Nacos's JSON back to a message.
 *
 * Reading runs every message twice over the same functions, first without a dictionary, to see
 * whether all of it is sound, then with one, to enter its names; so a message that is refused
 * leaves no trace. */
#include "core/json/read.h"

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

static const char *required_text(const DistroJson *json, const DistroJsonValue *value,
                                 const char *key)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_STRING);
    return member == NULL ? NULL : member->text;
}

/* False if @key is there and neither a string nor null. */
static bool optional_text(const DistroJson *json, const DistroJsonValue *value, const char *key,
                          const char **text)
{
    *text = required_text(json, value, key);
    return *text != NULL || !distro_json_has(json, value, key);
}

static bool is_text(const DistroJson *json, const DistroJsonValue *value, const char *key,
                    const char *expected)
{
    const char *text = required_text(json, value, key);
    return text != NULL && strcmp(text, expected) == 0;
}

static DistroWireError parse_i64(const char *text, int64_t *number)
{
    return g_ascii_string_to_signed(text, 10, INT64_MIN, INT64_MAX, number, NULL)
               ? DISTRO_WIRE_OK
               : DISTRO_WIRE_BAD_RANGE;
}

/* Absent and null are 0, Java's default. Nacos casts a revision to Integer and throws if it is
 * anything else, so a wider number is refused here too. */
DistroWireError distro_json_read_i32(const DistroJson *json, const DistroJsonValue *value,
                                     const char *key, int32_t *number)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_WHOLE);
    int64_t wide = 0;

    *number = 0;
    if (member == NULL) {
        return distro_json_has(json, value, key) ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
    }
    if (parse_i64(member->text, &wide) != DISTRO_WIRE_OK || wide < INT32_MIN || wide > INT32_MAX) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    *number = (int32_t)wide;
    return DISTRO_WIRE_OK;
}

static bool read_bool(const DistroJson *json, const DistroJsonValue *value, const char *key,
                      bool *result)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_BOOL);
    *result = member != NULL && member->boolean;
    return member != NULL || !distro_json_has(json, value, key);
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
    const char *text = required_text(json, value, "content");
    if (text == NULL || !is_base64(text)) {
        return NULL;
    }
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    return distro_json_parse((const char *)bytes, size, NULL);
}

/* ---- instances ---- */

static DistroWireError read_ext_value(const DistroJsonValue *member, DistroExtEntry *entry)
{
    *entry = (DistroExtEntry) { .key = member->key };
    switch (member->kind) {
    case DISTRO_JSON_NULL:
        entry->kind = DISTRO_VALUE_NULL;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_BOOL:
        entry->kind = DISTRO_VALUE_BOOL;
        entry->boolean = member->boolean;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_STRING:
        entry->kind = DISTRO_VALUE_STRING;
        entry->text = member->text;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_WHOLE: /* Jackson takes the narrowest of Integer and Long */
        if (parse_i64(member->text, &entry->integer) != DISTRO_WIRE_OK) {
            return DISTRO_WIRE_BAD_RANGE;
        }
        entry->kind = entry->integer >= INT32_MIN && entry->integer <= INT32_MAX
                          ? DISTRO_VALUE_INT
                          : DISTRO_VALUE_LONG;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_NUMBER:
        entry->kind = DISTRO_VALUE_DOUBLE;
        entry->number = g_ascii_strtod(member->text, NULL);
        return isfinite(entry->number) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
    case DISTRO_JSON_ARRAY:
    case DISTRO_JSON_OBJECT:
        return DISTRO_WIRE_BAD_TEXT; /* no map of ours holds another */
    }
    return DISTRO_WIRE_BAD_TEXT;
}

/* Keep the last of the entries with one key, as a Java map does when it is filled. */
void distro_json_drop_repeated(GArray *entries)
{
    g_autoptr(GHashTable) last = g_hash_table_new(g_str_hash, g_str_equal);
    DistroExtEntry *all = (DistroExtEntry *)(void *)entries->data;
    guint kept = 0;

    for (guint i = 0; i < entries->len; i++) {
        g_hash_table_insert(last, (gpointer)all[i].key, GUINT_TO_POINTER(i));
    }
    for (guint i = 0; i < entries->len; i++) {
        if (GPOINTER_TO_UINT(g_hash_table_lookup(last, all[i].key)) == i) {
            all[kept++] = all[i];
        }
    }
    g_array_set_size(entries, kept);
}

DistroWireError distro_json_read_ext_entries(const DistroJson *json, const DistroJsonValue *map,
                                             GArray *entries)
{
    for (const DistroJsonValue *member = distro_json_first(json, map); member != NULL;
         member = distro_json_next(json, member)) {
        DistroExtEntry entry;
        DistroWireError error = read_ext_value(member, &entry);
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
        g_array_append_val(entries, entry);
    }
    distro_json_drop_repeated(entries);
    return DISTRO_WIRE_OK;
}

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
    const char *ip = required_text(json, value, "ip");
    const char *cluster;

    if (ip == NULL || !optional_text(json, value, "cluster", &cluster) ||
        !read_bool(json, value, "healthy", &instance.healthy)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    DistroWireError error = distro_json_read_i32(json, value, "port", &instance.port);
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
    data->client_id = required_text(json, value, "clientId");
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
    if (content == NULL || !is_text(content, distro_json_root(content), "clientId", resource_key)) {
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
    if (key == NULL || !is_text(json, key, "resourceType", RESOURCE_TYPE) ||
        !optional_text(json, key, "targetServer", target)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    *resource_key = required_text(json, key, "resourceKey");
    return *resource_key == NULL ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
}

static bool is_operation(const DistroJson *json, const DistroJsonValue *root, DistroOp op)
{
    return is_text(json, root, "dataOperation", distro_json_op_name(op)) ||
           (op == DISTRO_OP_CHANGE && is_text(json, root, "dataOperation", "ADD"));
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
    const char *address = node == NULL ? NULL : required_text(json, node, "address");

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
    if (check == NULL || !is_text(check, distro_json_root(check), "module", "internal")) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_autoptr(DistroJson) setup = distro_json_parse(text + used, size - used, NULL);
    if (setup == NULL || !is_text(setup, distro_json_root(setup), "module", "internal") ||
        required_text(setup, distro_json_root(setup), "clientVersion") == NULL) {
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
        return is_text(json, root, "module", "internal") ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    default:
        return DISTRO_WIRE_UNKNOWN_OP;
    }
}

/* ---- answers ---- */

DistroWireError distro_json_read_status(const DistroJson *json, const DistroJsonValue *root,
                                        DistroStatus *status)
{
    int32_t result_code, error_code;
    DistroWireError error = distro_json_read_i32(json, root, "resultCode", &result_code);
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_i32(json, root, "errorCode", &error_code);
    }
    if (error != DISTRO_WIRE_OK || !distro_json_has(json, root, "resultCode")) {
        return error != DISTRO_WIRE_OK ? error : DISTRO_WIRE_BAD_TEXT;
    }

    *status = DISTRO_STATUS_OK;
    if (result_code == 200 && error_code == 0) {
        return DISTRO_WIRE_OK;
    }
    /* Three failures share their codes and differ in the message; an unknown message among them
     * is some exception's. */
    const DistroJsonFailure *found = NULL;
    size_t count;
    const DistroJsonFailure *failures = distro_json_failures(&count);
    for (size_t i = 0; i < count; i++) {
        const DistroJsonFailure *failure = &failures[i];
        if (failure->result_code != result_code || failure->error_code != error_code) {
            continue;
        }
        bool exact = is_text(json, root, "message", failure->message);
        if (exact || found == NULL || failure->status == DISTRO_STATUS_EXCEPTION) {
            found = failure;
        }
        if (exact) {
            break;
        }
    }
    if (found == NULL) {
        return DISTRO_WIRE_UNKNOWN_STATUS;
    }
    *status = found->status;
    return DISTRO_WIRE_OK;
}

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

    DistroSnapshotWriter *writer = distro_snapshot_writer_new();
    for (guint i = 0; i < count; i++) {
        SyncData *sync_data = &g_array_index(clients, SyncData, i);
        DistroClient client;
        DistroContent its_content;
        enter_sync_data(dictionary, content, sync_data, &client, &its_content);
        distro_snapshot_writer_add(writer, dictionary, client, sync_data->revision, &its_content);
        distro_snapshot_writer_idle(writer, sync_data->idle_ms);
        distro_content_clear(&its_content);
    }
    DistroFrame frame = distro_snapshot_writer_finish(writer);
    message->snapshot = g_steal_pointer(&frame.body);
    message->snapshot_count = count;
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

DistroWireError distro_wire_json_decode(DistroDictionary *dictionary, DistroOp op, bool answer,
                                        const char *text, size_t size, DistroMessage *message)
{
    *message = (DistroMessage) { .op = op, .answer = answer };
    if ((unsigned)op >= DISTRO_N_OPS) {
        return DISTRO_WIRE_UNKNOWN_OP;
    }
    if (op == DISTRO_OP_FORWARD) {
        return distro_json_read_http(dictionary, text, size, message);
    }
    bool json_alone = size > 0 && text[0] == '{';
    if (op >= DISTRO_OP_DATUM ||
        (!json_alone && (op == DISTRO_OP_SNAPSHOT || op == DISTRO_OP_REPORT))) {
        return distro_json_read_v1(dictionary, text, size, message);
    }
    if (op == DISTRO_OP_CONNECT && !answer) {
        return read_connect(text, size);
    }

    g_autoptr(DistroJson) json = distro_json_parse(text, size, NULL);
    if (json == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    return answer ? read_json_answer(dictionary, json, message)
                  : read_json_request(dictionary, json, message);
}

void distro_message_clear(DistroMessage *message)
{
    distro_content_clear(&message->content);
    g_clear_pointer(&message->snapshot, g_bytes_unref);
}
