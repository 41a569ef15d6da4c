/* sim/truth/book.c -- see book.h. */
#include "sim/truth/book.h"

#include "sim/base/types.h"

#include <string.h>

/* One kind of thing that is said: its key as text gives its number, that its description. */
typedef struct Table {
    GHashTable *numbers; /* key -> number; look up only */
    GPtrArray *infos;    /* by number; number 0 is a place-holder */
    GArray *read;        /* uint32_t by the core's number: the book's; 0: not read yet */
} Table;

struct SimBook {
    Table names, services, contents, statements;
    GHashTable *contents_read; /* (ext, cluster) of a listing -> number: its texts never change */
    GStringChunk *texts;
    GString *key;   /* scratch */
    GArray *sorted; /* SimSaidEntry: likewise */
};

static void init_table(Table *table, GDestroyNotify free_info)
{
    table->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    table->infos = g_ptr_array_new_with_free_func(free_info);
    g_ptr_array_add(table->infos, NULL);
    table->read = g_array_new(false, true, sizeof(uint32_t));
}

static void clear_table(Table *table)
{
    g_hash_table_destroy(table->numbers);
    g_ptr_array_free(table->infos, true);
    g_array_free(table->read, true);
}

/* 0 if there is none. */
static uint32_t find_number(const Table *table, const char *key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(table->numbers, key));
}

static uint32_t enter_number(Table *table, const char *key, void *info)
{
    uint32_t number = table->infos->len;

    g_hash_table_insert(table->numbers, g_strdup(key), GUINT_TO_POINTER(number));
    g_ptr_array_add(table->infos, info);
    return number;
}

static void *info_of(const Table *table, uint32_t number)
{
    g_assert_cmpuint(number, >, 0);
    g_assert_cmpuint(number, <, table->infos->len);
    return g_ptr_array_index(table->infos, number);
}

static uint32_t *read_at(Table *table, uint32_t of_core)
{
    if (of_core >= table->read->len) {
        g_array_set_size(table->read, of_core + 1);
    }
    return &g_array_index(table->read, uint32_t, of_core);
}

SimBook *sim_book_new(void)
{
    SimBook *book = g_new0(SimBook, 1);

    init_table(&book->names, NULL);
    init_table(&book->services, g_free);
    init_table(&book->contents, g_free);
    init_table(&book->statements, g_free);
    book->contents_read = g_hash_table_new(sim_hash_packed, NULL);
    book->texts = g_string_chunk_new(4096);
    book->key = g_string_new(NULL);
    book->sorted = g_array_new(false, false, sizeof(SimSaidEntry));
    return book;
}

void sim_book_free(SimBook *book)
{
    clear_table(&book->names);
    clear_table(&book->services);
    clear_table(&book->contents);
    clear_table(&book->statements);
    g_hash_table_destroy(book->contents_read);
    g_string_chunk_free(book->texts);
    g_string_free(book->key, true);
    g_array_free(book->sorted, true);
    g_free(book);
}

/* With its length before it, so that no two lists of texts give one key. */
static void append_text(GString *key, const char *text)
{
    g_string_append_printf(key, "%zu:%s", strlen(text), text);
}

/* --- names and services --------------------------------------------------------------------- */

uint32_t sim_book_name(SimBook *book, const char *text)
{
    uint32_t number = find_number(&book->names, text);

    return number != 0 ? number
                       : enter_number(&book->names, text, g_string_chunk_insert(book->texts, text));
}

const char *sim_book_text(const SimBook *book, uint32_t name)
{
    return info_of(&book->names, name);
}

uint32_t sim_book_read_name(SimBook *book, const DistroDictionary *dictionary, DistroName name)
{
    uint32_t *read = read_at(&book->names, name);

    if (*read == 0) {
        *read = sim_book_name(book, distro_dictionary_text(dictionary, name));
    }
    return *read;
}

uint32_t sim_book_service(SimBook *book, const char *namespace_id, const char *group,
                          const char *name)
{
    g_string_truncate(book->key, 0);
    append_text(book->key, namespace_id);
    append_text(book->key, group);
    append_text(book->key, name);
    uint32_t number = find_number(&book->services, book->key->str);

    if (number == 0) {
        SimSaidService *service = g_new(SimSaidService, 1);
        service->namespace_id = g_string_chunk_insert_const(book->texts, namespace_id);
        service->group = g_string_chunk_insert_const(book->texts, group);
        service->name = g_string_chunk_insert_const(book->texts, name);
        number = enter_number(&book->services, book->key->str, service);
    }
    return number;
}

const SimSaidService *sim_book_service_info(const SimBook *book, uint32_t service)
{
    return info_of(&book->services, service);
}

uint32_t sim_book_read_service(SimBook *book, const DistroDictionary *dictionary,
                               DistroService service)
{
    uint32_t *read = read_at(&book->services, service);

    if (*read == 0) {
        const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
        *read = sim_book_service(book, distro_dictionary_text(dictionary, info->namespace_id),
                                 distro_dictionary_text(dictionary, info->group),
                                 distro_dictionary_text(dictionary, info->name));
    }
    return *read;
}

/* --- contents ------------------------------------------------------------------------------- */

static const char *write_key(SimBook *book, const SimSaidContent *content)
{
    char weight[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_truncate(book->key, 0);
    append_text(book->key, content->cluster);
    append_text(book->key, g_ascii_dtostr(weight, sizeof weight, content->weight));
    g_string_append_c(book->key, content->enabled ? '+' : '-');
    for (uint32_t i = 0; i < content->n_metadata; i++) {
        append_text(book->key, content->metadata[i].key);
        append_text(book->key, content->metadata[i].text);
    }
    return book->key->str;
}

static SimSaidContent *copy_content(SimBook *book, const SimSaidContent *content)
{
    /* The entries follow in the same block. */
    SimSaidContent *copy = g_malloc(sizeof *copy + content->n_metadata * sizeof *content->metadata);
    SimSaidEntry *entries = (SimSaidEntry *)(void *)(copy + 1);

    *copy = *content;
    copy->cluster = g_string_chunk_insert_const(book->texts, content->cluster);
    copy->metadata = entries;
    for (uint32_t i = 0; i < content->n_metadata; i++) {
        entries[i].key = g_string_chunk_insert_const(book->texts, content->metadata[i].key);
        entries[i].text = g_string_chunk_insert(book->texts, content->metadata[i].text);
    }
    return copy;
}

static gint compare_keys(gconstpointer a, gconstpointer b)
{
    return strcmp(((const SimSaidEntry *)a)->key, ((const SimSaidEntry *)b)->key);
}

/* @content with its metadata in order. Good until the next is sorted. */
static SimSaidContent sort_content(SimBook *book, const SimSaidContent *content)
{
    SimSaidContent sorted = *content;

    g_array_set_size(book->sorted, 0);
    if (content->n_metadata > 0) {
        g_array_append_vals(book->sorted, content->metadata, content->n_metadata);
    }
    g_array_sort(book->sorted, compare_keys);
    sorted.metadata = (const SimSaidEntry *)(const void *)book->sorted->data;
    return sorted;
}

uint32_t sim_book_content(SimBook *book, const SimSaidContent *content)
{
    const SimSaidContent sorted = sort_content(book, content);
    const char *key = write_key(book, &sorted);
    uint32_t number = find_number(&book->contents, key);

    if (number == 0) {
        number = enter_number(&book->contents, key, copy_content(book, &sorted));
    }
    return number;
}

static uint32_t read_content(SimBook *book, const DistroDictionary *dictionary,
                             const DistroListingInfo *info)
{
    const char *cluster = distro_dictionary_text(dictionary, info->instance.cluster);
    size_t count;
    const DistroExtEntry *entries =
        distro_dictionary_ext_entries(dictionary, info->instance.ext, &count);
    g_autofree SimSaidEntry *metadata = g_new(SimSaidEntry, count);
    SimSaidContent content = { .cluster = *cluster ? cluster : "DEFAULT",
                               .weight = info->weight,
                               .enabled = info->enabled,
                               .metadata = metadata };

    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DISTRO_VALUE_STRING) { /* the others are weight and enabled */
            metadata[content.n_metadata++] = (SimSaidEntry) { entries[i].key, entries[i].text };
        }
    }
    return sim_book_content(book, &content);
}

uint32_t sim_book_read_content(SimBook *book, const DistroDictionary *dictionary,
                               DistroListing listing)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    gpointer key = sim_pack(info->instance.ext, info->instance.cluster);
    uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(book->contents_read, key));

    if (number == 0) {
        number = read_content(book, dictionary, info);
        g_hash_table_insert(book->contents_read, key, GUINT_TO_POINTER(number));
    }
    return number;
}

const SimSaidContent *sim_book_content_info(const SimBook *book, uint32_t content)
{
    return info_of(&book->contents, content);
}

/* --- statements ----------------------------------------------------------------------------- */

uint32_t sim_book_statement(SimBook *book, uint32_t service, const SimSaidItem *items,
                            uint32_t count)
{
    g_string_printf(book->key, "%u", service);
    for (uint32_t i = 0; i < count; i++) {
        g_string_append_printf(book->key, " %u:%d:%u", items[i].ip, items[i].port,
                               items[i].content);
    }
    uint32_t number = find_number(&book->statements, book->key->str);

    if (number == 0) {
        /* The items follow in the same block. */
        SimStatement *statement = g_malloc(sizeof *statement + count * sizeof *items);
        SimSaidItem *copies = (SimSaidItem *)(void *)(statement + 1);
        *statement = (SimStatement) { service, count, copies };
        for (uint32_t i = 0; i < count; i++) {
            copies[i] = items[i];
        }
        number = enter_number(&book->statements, book->key->str, statement);
    }
    return number;
}

const SimStatement *sim_book_statement_info(const SimBook *book, uint32_t statement)
{
    static const SimStatement nothing;

    return statement == 0 ? &nothing : info_of(&book->statements, statement);
}

uint32_t sim_book_read_statement(SimBook *book, const DistroDictionary *dictionary,
                                 DistroPublication publication)
{
    if (publication == DISTRO_NONE) {
        return 0;
    }
    uint32_t *read = read_at(&book->statements, publication);
    if (*read != 0) {
        return *read;
    }
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    g_autofree SimSaidItem *items = g_new(SimSaidItem, info->count);
    for (uint32_t i = 0; i < info->count; i++) {
        const DistroInstance instance =
            distro_dictionary_listing_info(dictionary, info->listings[i])->instance;
        items[i] = (SimSaidItem) {
            .ip = sim_book_read_name(book, dictionary, instance.ip),
            .port = instance.port,
            .content = sim_book_read_content(book, dictionary, info->listings[i]),
        };
    }
    return *read = sim_book_statement(book, sim_book_read_service(book, dictionary, info->service),
                                      items, info->count);
}

/* --- differences ---------------------------------------------------------------------------- */

static const char *find_entry(const SimSaidContent *content, const char *key)
{
    for (uint32_t i = 0; i < content->n_metadata; i++) {
        if (strcmp(content->metadata[i].key, key) == 0) {
            return content->metadata[i].text;
        }
    }
    return NULL;
}

/* The first key of @a that @b has otherwise or not at all; NULL if there is none. */
static const char *odd_key(const SimSaidContent *a, const SimSaidContent *b)
{
    for (uint32_t i = 0; i < a->n_metadata; i++) {
        const char *text = find_entry(b, a->metadata[i].key);
        if (text == NULL || strcmp(text, a->metadata[i].text) != 0) {
            return a->metadata[i].key;
        }
    }
    return NULL;
}

static void append_entry(const SimSaidContent *is, const SimSaidContent *wanted, GString *out)
{
    const char *key = odd_key(wanted, is);
    key = key != NULL ? key : odd_key(is, wanted);
    if (key == NULL) {
        g_string_append(out, "other metadata than was acknowledged");
        return;
    }
    const char *here = find_entry(is, key), *there = find_entry(wanted, key);

    if (here == NULL) {
        g_string_append_printf(out, "metadata without %s = %s", key, there);
    } else if (there == NULL) {
        g_string_append_printf(out, "metadata %s = %s instead of none", key, here);
    } else {
        g_string_append_printf(out, "metadata %s = %s instead of %s", key, here, there);
    }
}

void sim_book_append_difference(const SimBook *book, uint32_t is, uint32_t wanted, GString *out)
{
    const SimSaidContent *here = sim_book_content_info(book, is);
    const SimSaidContent *there = sim_book_content_info(book, wanted);

    if (here->weight < there->weight || here->weight > there->weight) {
        g_string_append_printf(out, "weight %g instead of %g", here->weight, there->weight);
    } else if (here->enabled != there->enabled) {
        g_string_append_printf(out, "enabled = %s instead of %s", here->enabled ? "true" : "false",
                               there->enabled ? "true" : "false");
    } else if (strcmp(here->cluster, there->cluster) != 0) {
        g_string_append_printf(out, "cluster %s instead of %s", here->cluster, there->cluster);
    } else {
        append_entry(here, there, out);
    }
}
