/* core/dictionary.c -- names to small numbers, and back.
 *
 * Two kinds of key exist. A name is found by its text; its Java hash, which the protocol needs
 * anyway, doubles as the hash of the table. Everything else is a short row of numbers already
 * given out, so tables of rows (rows.h) serve services, exts, listings and publications. Texts live
 * in blocks that never move, as rows do, so what points into them stays good. */
#include "core/dictionary.h"

#include "core/java.h"
#include "core/planted.h"
#include "core/rows.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_BLOCK_SIZE = 16384
};
enum {
    EXT_WORDS = 4,
    LISTING_WORDS = 6,
    PUBLICATION_HEAD_WORDS = 2
};

typedef struct NameEntry {
    const char *text;
    int32_t java_hash;
    DistroClient client; /* the client of this id, 0 if there is none */
    DistroTextSizes sizes;
} NameEntry;

typedef struct ServiceEntry {
    DistroServiceInfo info;
    uint32_t json_size;
} ServiceEntry;

typedef struct ExtEntryRange {
    uint32_t first, count; /* in ext_entries */
    int32_t java_hash;     /* Map.hashCode */
    double weight;
    bool enabled;
} ExtEntryRange;

struct DistroDictionary {
    DistroTable name_table;
    DistroRows services_by_row, exts_by_row, listings_by_row, publications_by_row;

    /* Indexed by number; number 0 is a place-holder. */
    GArray *names;        /* NameEntry */
    GArray *services;     /* ServiceEntry */
    GArray *exts;         /* ExtEntryRange */
    GArray *listings;     /* DistroListingInfo */
    GArray *publications; /* DistroPublicationInfo */
    GArray *clients;      /* DistroClientInfo */

    GArray *ext_entries; /* DistroExtEntry, of all exts one after the other */
    GStringChunk *texts;
    DistroBlocks blocks;

    GArray *row;    /* uint32_t: a key while it is being put together */
    GArray *sorted; /* DistroExtEntry: an ext's entries while they are being sorted */
};

/* ---- the dictionary ---- */

static GArray *new_infos(guint element_size)
{
    GArray *infos = g_array_new(false, true, element_size);
    g_array_set_size(infos, 1); /* number 0, all zero */
    return infos;
}

DistroDictionary *distro_dictionary_new(void)
{
    DistroDictionary *dictionary = g_new0(DistroDictionary, 1);

    distro_table_init(&dictionary->name_table);
    distro_rows_init(&dictionary->services_by_row);
    distro_rows_init(&dictionary->exts_by_row);
    distro_rows_init(&dictionary->listings_by_row);
    distro_rows_init(&dictionary->publications_by_row);
    dictionary->names = new_infos(sizeof(NameEntry));
    dictionary->services = new_infos(sizeof(ServiceEntry));
    dictionary->exts = new_infos(sizeof(ExtEntryRange));
    dictionary->listings = new_infos(sizeof(DistroListingInfo));
    dictionary->publications = new_infos(sizeof(DistroPublicationInfo));
    dictionary->clients = new_infos(sizeof(DistroClientInfo));
    dictionary->ext_entries = g_array_new(false, false, sizeof(DistroExtEntry));
    dictionary->texts = g_string_chunk_new(TEXT_BLOCK_SIZE);
    distro_blocks_init(&dictionary->blocks);
    dictionary->row = g_array_new(false, false, sizeof(uint32_t));
    dictionary->sorted = g_array_new(false, false, sizeof(DistroExtEntry));

    NameEntry *none = &g_array_index(dictionary->names, NameEntry, 0);
    none->text = "";
    none->sizes = distro_text_sizes("");
    g_array_index(dictionary->exts, ExtEntryRange, 0).weight = 1.0;
    g_array_index(dictionary->exts, ExtEntryRange, 0).enabled = true;
    return dictionary;
}

void distro_dictionary_free(DistroDictionary *dictionary)
{
    if (dictionary == NULL) {
        return;
    }
    g_free(dictionary->name_table.slots);
    distro_rows_clear(&dictionary->services_by_row);
    distro_rows_clear(&dictionary->exts_by_row);
    distro_rows_clear(&dictionary->listings_by_row);
    distro_rows_clear(&dictionary->publications_by_row);
    g_array_unref(dictionary->names);
    g_array_unref(dictionary->services);
    g_array_unref(dictionary->exts);
    g_array_unref(dictionary->listings);
    g_array_unref(dictionary->publications);
    g_array_unref(dictionary->clients);
    g_array_unref(dictionary->ext_entries);
    g_string_chunk_free(dictionary->texts);
    g_ptr_array_unref(dictionary->blocks.all);
    g_array_unref(dictionary->row);
    g_array_unref(dictionary->sorted);
    g_free(dictionary);
}

DistroDictionaryCounts distro_dictionary_counts(const DistroDictionary *dictionary)
{
    return (DistroDictionaryCounts) {
        .names = dictionary->name_table.count,
        .services = dictionary->services_by_row.table.count,
        .exts = dictionary->exts_by_row.table.count,
        .listings = dictionary->listings_by_row.table.count,
        .publications = dictionary->publications_by_row.table.count,
        .clients = dictionary->clients->len - 1,
    };
}

/* ---- names ---- */

static NameEntry *name_entry(const DistroDictionary *dictionary, DistroName name)
{
    g_assert_cmpuint(name, <, dictionary->names->len);
    return &g_array_index(dictionary->names, NameEntry, name);
}

static DistroName find_name(const DistroDictionary *dictionary, const char *text, size_t size,
                            int32_t java_hash)
{
    const DistroTable *table = &dictionary->name_table;
    uint32_t hash = distro_spread((uint32_t)java_hash);

    for (uint32_t at = hash & table->mask; table->slots[at].number != 0;
         at = (at + 1) & table->mask) {
        if (table->slots[at].hash != hash) {
            continue;
        }
        const NameEntry *entry =
            &g_array_index(dictionary->names, NameEntry, table->slots[at].number);
        if (entry->sizes.text == size && memcmp(entry->text, text, size) == 0) {
            return table->slots[at].number;
        }
    }
    return DISTRO_NONE;
}

DistroName distro_dictionary_find_name(const DistroDictionary *dictionary, const char *text)
{
    size_t size = strlen(text);
    return find_name(dictionary, text, size, distro_java_string_hash_n(text, size));
}

static DistroName enter_name_n(DistroDictionary *dictionary, const char *text, size_t size)
{
    int32_t java_hash = distro_java_string_hash_n(text, size);
    DistroName name = find_name(dictionary, text, size, java_hash);

    if (name != DISTRO_NONE) {
        return name;
    }
    g_assert_true(g_utf8_validate_len(text, size, NULL));
    NameEntry entry = {
        .text = g_string_chunk_insert_len(dictionary->texts, text, (gssize)size),
        .java_hash = java_hash,
    };
    entry.sizes = distro_text_sizes(entry.text);
    g_array_append_val(dictionary->names, entry);
    name = distro_table_add(&dictionary->name_table, distro_spread((uint32_t)java_hash));
    g_assert_cmpuint(name, ==, dictionary->names->len - 1);
    return name;
}

DistroName distro_dictionary_name(DistroDictionary *dictionary, const char *text)
{
    return enter_name_n(dictionary, text, strlen(text));
}

const char *distro_dictionary_text(const DistroDictionary *dictionary, DistroName name)
{
    return name_entry(dictionary, name)->text;
}

const DistroTextSizes *distro_dictionary_name_sizes(const DistroDictionary *dictionary,
                                                    DistroName name)
{
    return &name_entry(dictionary, name)->sizes;
}

/* ---- services ---- */

/* DistroFilter: the group goes before the name, unless the name has one already. */
static uint32_t service_tag_hash(const char *group, const char *name)
{
    if (strstr(name, "@@") != NULL) {
        return distro_hash(name);
    }
    g_autofree char *tag = g_strconcat(group, "@@", name, NULL);
    return distro_hash(tag);
}

/* A service's key is all of its three names. */
#define KEY_START (DISTRO_PLANTED(NAMESPACES_ALIKE) ? 1u : 0u)

DistroService distro_dictionary_service(DistroDictionary *dictionary, const char *namespace_id,
                                        const char *group, const char *name)
{
    uint32_t words[3] = { distro_dictionary_name(dictionary, namespace_id),
                          distro_dictionary_name(dictionary, group),
                          distro_dictionary_name(dictionary, name) };
    bool fresh;
    DistroService service = distro_rows_enter(&dictionary->blocks, &dictionary->services_by_row,
                                              words + KEY_START, 3 - KEY_START, &fresh);

    if (fresh) {
        ServiceEntry entry = {
            .info = { words[0], words[1], words[2], service_tag_hash(group, name) },
        };
        for (int i = 0; i < 3; i++) {
            entry.json_size += name_entry(dictionary, words[i])->sizes.json;
        }
        g_array_append_val(dictionary->services, entry);
        g_assert_cmpuint(service, ==, dictionary->services->len - 1);
    }
    return service;
}

DistroService distro_dictionary_find_service(const DistroDictionary *dictionary,
                                             const char *namespace_id, const char *group,
                                             const char *name)
{
    uint32_t words[3] = { distro_dictionary_find_name(dictionary, namespace_id),
                          distro_dictionary_find_name(dictionary, group),
                          distro_dictionary_find_name(dictionary, name) };
    return distro_rows_find(&dictionary->services_by_row, words + KEY_START, 3 - KEY_START);
}

static const ServiceEntry *service_entry(const DistroDictionary *dictionary, DistroService service)
{
    g_assert_cmpuint(service, >, DISTRO_NONE);
    g_assert_cmpuint(service, <, dictionary->services->len);
    return &g_array_index(dictionary->services, ServiceEntry, service);
}

const DistroServiceInfo *distro_dictionary_service_info(const DistroDictionary *dictionary,
                                                        DistroService service)
{
    return &service_entry(dictionary, service)->info;
}

uint32_t distro_dictionary_service_json_size(const DistroDictionary *dictionary,
                                             DistroService service)
{
    return service_entry(dictionary, service)->json_size;
}

/* ---- extend data ---- */

/* The value as one number, equal for values that Java's equals() calls equal. */
static uint64_t value_bits(DistroDictionary *dictionary, const DistroExtEntry *entry)
{
    uint64_t bits = 0;
    switch (entry->kind) {
    case DISTRO_VALUE_NULL:
        break;
    case DISTRO_VALUE_STRING:
        bits = distro_dictionary_name(dictionary, entry->text);
        break;
    case DISTRO_VALUE_BOOL:
        bits = entry->boolean;
        break;
    case DISTRO_VALUE_INT:
    case DISTRO_VALUE_LONG:
        bits = (uint64_t)entry->integer;
        break;
    case DISTRO_VALUE_DOUBLE:
        bits = UINT64_C(0x7ff8000000000000); /* one NaN, as Double.equals has it */
        if (entry->number == entry->number) {
            memcpy(&bits, &entry->number, sizeof bits);
        }
        break;
    }
    return bits;
}

static int32_t value_hash(const DistroDictionary *dictionary, const DistroExtEntry *entry,
                          uint64_t bits)
{
    switch (entry->kind) {
    case DISTRO_VALUE_NULL:
        return 0;
    case DISTRO_VALUE_STRING:
        return name_entry(dictionary, (DistroName)bits)->java_hash;
    case DISTRO_VALUE_BOOL:
        return distro_java_bool_hash(entry->boolean);
    case DISTRO_VALUE_INT:
        return (int32_t)entry->integer;
    case DISTRO_VALUE_LONG:
        return distro_java_long_hash(entry->integer);
    case DISTRO_VALUE_DOUBLE:
        return distro_java_double_hash(entry->number);
    }
    g_assert_not_reached();
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const DistroExtEntry *)a)->key, ((const DistroExtEntry *)b)->key);
}

/* A copy of @entries in @sorted, in order of key. Keys are distinct (asserted). */
static void sort_entries(GArray *sorted, const DistroExtEntry *entries, size_t count)
{
    g_array_set_size(sorted, 0);
    g_array_append_vals(sorted, entries, (guint)count);
    DistroExtEntry *out = (DistroExtEntry *)(void *)sorted->data;

    qsort(out, count, sizeof *out, compare_keys);
    for (size_t i = 1; i < count; i++) {
        g_assert_cmpstr(out[i].key, !=, out[i - 1].key);
    }
}

/* What DistroUtils#hash and InstanceUtil#parseToApiInstance read out of the map. */
static void read_switches(ExtEntryRange *range, const DistroExtEntry *entry)
{
    if (strcmp(entry->key, "publishInstanceWeight") == 0) {
        if (entry->kind == DISTRO_VALUE_DOUBLE) {
            range->weight = entry->number;
        } else if (entry->kind == DISTRO_VALUE_INT || entry->kind == DISTRO_VALUE_LONG) {
            range->weight = (double)entry->integer;
        }
    } else if (strcmp(entry->key, "publishInstanceEnable") == 0) {
        if (entry->kind == DISTRO_VALUE_BOOL) {
            range->enabled = entry->boolean;
        }
    }
}

static void append_ext(DistroDictionary *dictionary, const uint32_t *words, uint32_t count)
{
    ExtEntryRange range = {
        .first = dictionary->ext_entries->len, .count = count, .weight = 1.0, .enabled = true
    };
    uint32_t hash = 0;

    for (uint32_t i = 0; i < count; i++) {
        DistroExtEntry entry = g_array_index(dictionary->sorted, DistroExtEntry, i);
        const uint32_t *word = words + (size_t)i * EXT_WORDS;
        const NameEntry *key = name_entry(dictionary, word[0]);
        uint64_t bits = word[2] | (uint64_t)word[3] << 32;

        hash += (uint32_t)key->java_hash ^ (uint32_t)value_hash(dictionary, &entry, bits);
        entry.key = key->text;
        entry.text = entry.kind == DISTRO_VALUE_STRING
                         ? distro_dictionary_text(dictionary, (DistroName)bits)
                         : NULL;
        read_switches(&range, &entry);
        g_array_append_val(dictionary->ext_entries, entry);
    }
    range.java_hash = (int32_t)hash;
    g_array_append_val(dictionary->exts, range);
}

DistroExt distro_dictionary_ext(DistroDictionary *dictionary, const DistroExtEntry *entries,
                                size_t count)
{
    g_assert(entries != NULL || count == 0);
    if (count == 0) {
        return 0;
    }
    sort_entries(dictionary->sorted, entries, count);
    g_array_set_size(dictionary->row, (guint)(count * EXT_WORDS));
    uint32_t *words = (uint32_t *)(void *)dictionary->row->data;
    for (size_t i = 0; i < count; i++) {
        const DistroExtEntry *entry = &g_array_index(dictionary->sorted, DistroExtEntry, i);
        uint64_t bits = value_bits(dictionary, entry);
        words[i * EXT_WORDS] = distro_dictionary_name(dictionary, entry->key);
        words[i * EXT_WORDS + 1] = entry->kind;
        words[i * EXT_WORDS + 2] = (uint32_t)bits;
        words[i * EXT_WORDS + 3] = (uint32_t)(bits >> 32);
    }

    bool fresh;
    DistroExt ext = distro_rows_enter(&dictionary->blocks, &dictionary->exts_by_row, words,
                                      count * EXT_WORDS, &fresh);
    if (fresh) {
        append_ext(dictionary, words, (uint32_t)count);
    }
    return ext;
}

static const ExtEntryRange *ext_range(const DistroDictionary *dictionary, DistroExt ext)
{
    g_assert_cmpuint(ext, <, dictionary->exts->len);
    return &g_array_index(dictionary->exts, ExtEntryRange, ext);
}

const DistroExtEntry *distro_dictionary_ext_entries(const DistroDictionary *dictionary,
                                                    DistroExt ext, size_t *count)
{
    const ExtEntryRange *range = ext_range(dictionary, ext);
    *count = range->count;
    return range->count == 0
               ? NULL
               : &g_array_index(dictionary->ext_entries, DistroExtEntry, range->first);
}

/* ---- listings ---- */

/* Character.isWhitespace for what StringUtils#isBlank sees: no-break spaces are not white. */
static bool is_blank(const char *text)
{
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar point = g_utf8_get_char(at);
        bool control = (point >= 0x09 && point <= 0x0d) || (point >= 0x1c && point <= 0x1f);
        bool space = g_unichar_type(point) == G_UNICODE_SPACE_SEPARATOR && point != 0xa0 &&
                     point != 0x2007 && point != 0x202f;
        bool separator = point == 0x2028 || point == 0x2029;
        if (!control && !space && !separator) {
            return false;
        }
    }
    return true;
}

static int32_t cluster_hash(const DistroDictionary *dictionary, DistroName cluster)
{
    const NameEntry *entry = name_entry(dictionary, cluster);
    return is_blank(entry->text) ? distro_java_string_hash("DEFAULT") : entry->java_hash;
}

int32_t distro_element_hash(const DistroDictionary *dictionary, DistroService service,
                            const DistroInstance *instance, bool ephemeral)
{
    const DistroServiceInfo *of = distro_dictionary_service_info(dictionary, service);
    const ExtEntryRange *ext = ext_range(dictionary, instance->ext);
    int32_t parts[] = {
        name_entry(dictionary, of->namespace_id)->java_hash,
        name_entry(dictionary, of->group)->java_hash,
        name_entry(dictionary, of->name)->java_hash,
        distro_java_bool_hash(ephemeral),
        name_entry(dictionary, instance->ip)->java_hash,
        instance->port,
        distro_java_double_hash(ext->weight),
        distro_java_bool_hash(instance->healthy),
        distro_java_bool_hash(ext->enabled),
        cluster_hash(dictionary, instance->cluster),
        ext->java_hash,
    };
    uint32_t hash = 1; /* Objects.hash */

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        hash = 31u * hash + (uint32_t)parts[i];
    }
    return (int32_t)hash;
}

static DistroListingInfo *listing_info(const DistroDictionary *dictionary, DistroListing listing)
{
    g_assert_cmpuint(listing, >, DISTRO_NONE);
    g_assert_cmpuint(listing, <, dictionary->listings->len);
    return &g_array_index(dictionary->listings, DistroListingInfo, listing);
}

static DistroInstanceText text_of(const DistroDictionary *dictionary,
                                  const DistroListingInfo *listing)
{
    const DistroInstance *instance = &listing->instance;
    const DistroServiceInfo *service = distro_dictionary_service_info(dictionary, listing->service);
    DistroInstanceText text = {
        .ip = distro_dictionary_text(dictionary, instance->ip),
        .port = instance->port,
        .healthy = instance->healthy,
        .cluster = instance->cluster == DISTRO_NONE
                       ? NULL
                       : distro_dictionary_text(dictionary, instance->cluster),
        .group = distro_dictionary_text(dictionary, service->group),
        .service = distro_dictionary_text(dictionary, service->name),
    };
    text.entries = distro_dictionary_ext_entries(dictionary, instance->ext, &text.entry_count);
    return text;
}

static uint32_t id_size(const DistroDictionary *dictionary, const DistroListingInfo *listing)
{
    const DistroInstanceText text = text_of(dictionary, listing);
    DistroSink sink = { .text = NULL };
    distro_put_instance_id(&sink, &text);
    return (uint32_t)sink.size;
}

/* What a sink that counts takes is known but for the first time. */
static void put_listing(const DistroDictionary *dictionary, const DistroListingInfo *listing,
                        DistroInstanceForm form, DistroSink *sink)
{
    if (sink->text == NULL && sink->escape == DISTRO_ESCAPE_NONE && listing->json_size > 0 &&
        form != DISTRO_INSTANCE_IDENTIFIED) {
        sink->size += listing->json_size;
        sink->size +=
            form == DISTRO_INSTANCE_HEARTBEAT ? DISTRO_TEXT_LENGTH(DISTRO_HEARTBEAT_TEXT) : 0;
        return;
    }
    const DistroInstanceText text = text_of(dictionary, listing);
    distro_put_instance(sink, &text, form);
}

static void append_listing(DistroDictionary *dictionary, DistroListing listing,
                           DistroService service, DistroInstance instance)
{
    const ExtEntryRange *ext = ext_range(dictionary, instance.ext);
    DistroListingInfo info = {
        .service = service,
        .instance = instance,
        .weight = ext->weight,
        .enabled = ext->enabled,
        .element_hash = distro_element_hash(dictionary, service, &instance, true),
        .sibling = listing,
    };
    DistroSink sink = { .text = NULL };
    put_listing(dictionary, &info, DISTRO_INSTANCE_PLAIN, &sink);
    info.json_size = (uint32_t)sink.size;
    g_array_append_val(dictionary->listings, info);
    g_assert_cmpuint(listing, ==, dictionary->listings->len - 1);

    if (instance.cluster == DISTRO_NONE) {
        return;
    }
    instance.cluster = DISTRO_NONE;
    DistroListing sibling = distro_dictionary_listing(dictionary, service, &instance);
    listing_info(dictionary, listing)->sibling = sibling; /* the array may have moved meanwhile */
}

DistroListing distro_dictionary_listing(DistroDictionary *dictionary, DistroService service,
                                        const DistroInstance *instance)
{
    g_assert(service != DISTRO_NONE && instance->ip != DISTRO_NONE);
    g_assert(instance->port >= 0 && instance->port <= UINT16_MAX);
    uint32_t words[LISTING_WORDS] = {
        service,           instance->ip,      (uint32_t)instance->port,
        instance->healthy, instance->cluster, instance->ext
    };
    bool fresh;
    DistroListing listing = distro_rows_enter(&dictionary->blocks, &dictionary->listings_by_row,
                                              words, LISTING_WORDS, &fresh);

    if (fresh) {
        append_listing(dictionary, listing, service, *instance);
    }
    return listing;
}

const DistroListingInfo *distro_dictionary_listing_info(const DistroDictionary *dictionary,
                                                        DistroListing listing)
{
    return listing_info(dictionary, listing);
}

DistroClient distro_dictionary_listing_client(DistroDictionary *dictionary, DistroListing listing)
{
    DistroListingInfo *info = listing_info(dictionary, listing);
    if (info->client == DISTRO_NONE) {
        g_autofree char *id =
            g_strdup_printf("%s:%d#true", distro_dictionary_text(dictionary, info->instance.ip),
                            info->instance.port);
        info->client = distro_dictionary_client(dictionary, id);
    }
    return info->client;
}

static DistroListing with_health(DistroDictionary *dictionary, DistroListing listing, bool healthy)
{
    DistroListingInfo *info = listing_info(dictionary, listing);
    if (info->instance.healthy == healthy) {
        return listing;
    }
    if (info->flipped == DISTRO_NONE) {
        DistroInstance instance = info->instance;
        instance.healthy = healthy;
        DistroListing flipped = distro_dictionary_listing(dictionary, info->service, &instance);
        info = listing_info(dictionary, listing); /* the array may have moved */
        info->flipped = flipped;
        listing_info(dictionary, flipped)->flipped = listing;
    }
    return info->flipped;
}

/* ---- publications ---- */

static int compare_words(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* A single equals by its sibling, a batch by its siblings as a multiset (CollectionUtils
 * #isEqualCollection), for which the publication of the sorted siblings stands. Odd and even keep
 * the two kinds apart. */
static uint32_t equality_of(DistroDictionary *dictionary, const DistroPublicationInfo *info,
                            DistroPublication publication)
{
    if (!info->batch) {
        return listing_info(dictionary, info->listings[0])->sibling * 2;
    }

    g_autofree DistroListing *siblings = g_new(DistroListing, info->count);
    for (uint32_t i = 0; i < info->count; i++) {
        siblings[i] = listing_info(dictionary, info->listings[i])->sibling;
    }
    if (info->count == 0) {
        return publication * 2 + 1;
    }
    qsort(siblings, info->count, sizeof *siblings, compare_words);
    if (memcmp(siblings, info->listings, info->count * sizeof *siblings) == 0) {
        return publication * 2 + 1;
    }
    return distro_dictionary_publication(dictionary, info->service, true, siblings, info->count) *
               2 +
           1;
}

void distro_dictionary_put_publication(const DistroDictionary *dictionary,
                                       const DistroPublicationInfo *info, DistroInstanceForm form,
                                       DistroSink *sink)
{
    if (!info->batch) {
        put_listing(dictionary, listing_info(dictionary, info->listings[0]), form, sink);
        return;
    }
    const DistroInstanceForm each =
        form == DISTRO_INSTANCE_HEARTBEAT ? DISTRO_INSTANCE_PLAIN : form;
    DISTRO_PUT(sink, DISTRO_BATCH_START);
    for (uint32_t i = 0; i < info->count; i++) {
        if (i > 0) {
            DISTRO_PUT(sink, ",");
        }
        put_listing(dictionary, listing_info(dictionary, info->listings[i]), each, sink);
    }
    DISTRO_PUT(sink, DISTRO_BATCH_END);
}

static void append_publication(DistroDictionary *dictionary, DistroPublication publication)
{
    const uint32_t *key = distro_rows_words(&dictionary->publications_by_row, publication);
    DistroPublicationInfo info = {
        .service = key[0],
        .batch = key[1] != 0,
        .count = key[-1] - PUBLICATION_HEAD_WORDS,
        .listings = key + PUBLICATION_HEAD_WORDS,
    };

    for (uint32_t i = 0; i < info.count; i++) {
        g_assert_cmpuint(listing_info(dictionary, info.listings[i])->service, ==, info.service);
        info.ids_size += id_size(dictionary, listing_info(dictionary, info.listings[i]));
    }
    DistroSink sink = { .text = NULL };
    distro_dictionary_put_publication(dictionary, &info, DISTRO_INSTANCE_PLAIN, &sink);
    info.json_size = (uint32_t)sink.size;
    g_array_append_val(dictionary->publications, info);
    g_assert_cmpuint(publication, ==, dictionary->publications->len - 1);
    uint32_t equality = equality_of(dictionary, &info, publication);
    g_array_index(dictionary->publications, DistroPublicationInfo, publication).equality = equality;
}

DistroPublication distro_dictionary_publication(DistroDictionary *dictionary, DistroService service,
                                                bool batch, const DistroListing *listings,
                                                size_t count)
{
    g_assert(service != DISTRO_NONE);
    g_assert_true(batch || count == 1);
    g_array_set_size(dictionary->row, 0);
    g_array_append_val(dictionary->row, service);
    uint32_t flag = batch;
    g_array_append_val(dictionary->row, flag);
    if (count > 0) {
        g_array_append_vals(dictionary->row, listings, (guint)count);
    }

    bool fresh;
    DistroPublication publication =
        distro_rows_enter(&dictionary->blocks, &dictionary->publications_by_row,
                          (const uint32_t *)(const void *)dictionary->row->data,
                          count + PUBLICATION_HEAD_WORDS, &fresh);
    if (fresh) {
        append_publication(dictionary, publication);
    }
    return publication;
}

const DistroPublicationInfo *distro_dictionary_publication_info(const DistroDictionary *dictionary,
                                                                DistroPublication publication)
{
    g_assert_cmpuint(publication, >, DISTRO_NONE);
    g_assert_cmpuint(publication, <, dictionary->publications->len);
    return &g_array_index(dictionary->publications, DistroPublicationInfo, publication);
}

DistroPublication distro_dictionary_with_health(DistroDictionary *dictionary,
                                                DistroPublication publication, bool healthy)
{
    DistroPublicationInfo info = *distro_dictionary_publication_info(dictionary, publication);
    if (!info.batch) {
        DistroListing listing = with_health(dictionary, info.listings[0], healthy);
        return distro_dictionary_publication(dictionary, info.service, false, &listing, 1);
    }

    g_autofree DistroListing *listings = g_new(DistroListing, info.count);
    for (uint32_t i = 0; i < info.count; i++) {
        listings[i] = with_health(dictionary, info.listings[i], healthy);
    }
    return distro_dictionary_publication(dictionary, info.service, true, listings, info.count);
}

/* ---- clients ---- */

/* ClientManagerDelegate#getClientManagerById. */
static DistroClientKind kind_of(const char *id)
{
    if (strchr(id, '#') == NULL) {
        return DISTRO_CLIENT_CONNECTION;
    }
    return g_str_has_suffix(id, "false") ? DISTRO_CLIENT_PERSISTENT : DISTRO_CLIENT_IP_PORT;
}

DistroClient distro_dictionary_client(DistroDictionary *dictionary, const char *id)
{
    DistroName name = distro_dictionary_name(dictionary, id);
    const NameEntry *entry = name_entry(dictionary, name);
    if (entry->client != DISTRO_NONE) {
        return entry->client;
    }

    DistroClientInfo info = {
        .id = entry->text,
        .kind = kind_of(id),
        .id_size = entry->sizes.text,
        .id_json_size = entry->sizes.json,
        .id_hash = entry->java_hash,
    };
    info.tag = enter_name_n(dictionary, info.id, strcspn(info.id, "#"));
    info.tag_hash = distro_hash(distro_dictionary_text(dictionary, info.tag));
    name_entry(dictionary, name)->client = dictionary->clients->len;
    g_array_append_val(dictionary->clients, info);
    return dictionary->clients->len - 1;
}

DistroClient distro_dictionary_find_client(const DistroDictionary *dictionary, const char *id)
{
    DistroName name = distro_dictionary_find_name(dictionary, id);
    return name == DISTRO_NONE ? DISTRO_NONE : name_entry(dictionary, name)->client;
}

const DistroClientInfo *distro_dictionary_client_info(const DistroDictionary *dictionary,
                                                      DistroClient client)
{
    g_assert_cmpuint(client, >, DISTRO_NONE);
    g_assert_cmpuint(client, <, dictionary->clients->len);
    return &g_array_index(dictionary->clients, DistroClientInfo, client);
}
