/* tests/unit/test_dictionary.c -- equal things have equal numbers, and what Java would compute of
 * them is there at entry. */
#include "core/dictionary.h"

#include "core/wire.h"
#include "tests/support/check.h"
#include "tests/support/vectors.h"

#include <jansson.h>

static DistroInstance instance_at(DistroDictionary *dictionary, const char *ip, int32_t port,
                                  const char *cluster)
{
    return (DistroInstance) {
        .ip = distro_dictionary_name(dictionary, ip),
        .port = port,
        .healthy = true,
        .cluster = cluster == NULL ? DISTRO_NONE : distro_dictionary_name(dictionary, cluster),
    };
}

static DistroPublication single(DistroDictionary *dictionary, DistroService service,
                                DistroListing listing)
{
    return distro_dictionary_publication(dictionary, service, false, &listing, 1);
}

static void a_name_has_one_number_however_many_there_are(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    char text[32];

    check_uint(distro_dictionary_find_name(dictionary, "a"), ==, DISTRO_NONE);
    for (uint32_t i = 1; i <= 5000; i++) {
        g_snprintf(text, sizeof text, "name-%u", i);
        check_uint(distro_dictionary_name(dictionary, text), ==, i);
    }
    for (uint32_t i = 1; i <= 5000; i++) {
        g_snprintf(text, sizeof text, "name-%u", i);
        check_uint(distro_dictionary_name(dictionary, text), ==, i);
        check_uint(distro_dictionary_find_name(dictionary, text), ==, i);
        check_str(distro_dictionary_text(dictionary, i), ==, text);
    }
    check_uint(distro_dictionary_counts(dictionary).names, ==, 5000);
    check_str(distro_dictionary_text(dictionary, DISTRO_NONE), ==, "");
}

static void names_with_one_java_hash_stay_apart(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    check_uint(distro_dictionary_name(dictionary, "AaAa"), !=,
               distro_dictionary_name(dictionary, "BBBB"));
    check_uint(distro_dictionary_name(dictionary, "AaBB"), ==, 3);
}

static void the_sizes_of_a_name_count_every_escape(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroName name = distro_dictionary_name(dictionary, "a \"\n\x01\xc3\xa9~");
    const DistroTextSizes *sizes = distro_dictionary_name_sizes(dictionary, name);

    check_uint(sizes->text, ==, 8);
    check_uint(sizes->json, ==, strlen("\"a \\\"\\n\\u0001\xc3\xa9~\""));
    check_uint(sizes->url, ==, strlen("a+%22%0A%01%C3%A9%7E"));
    check_uint(sizes->json_url, ==, strlen("%22a+%5C%22%5Cn%5Cu0001%C3%A9%7E%22"));
}

static void a_service_is_found_by_its_three_names(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroService service = distro_dictionary_service(dictionary, "public", "G", "shop");

    check_uint(distro_dictionary_service(dictionary, "public", "G", "shop"), ==, service);
    check_uint(distro_dictionary_find_service(dictionary, "public", "G", "shop"), ==, service);
    check_uint(distro_dictionary_find_service(dictionary, "G", "public", "shop"), ==, DISTRO_NONE);
    check_uint(distro_dictionary_find_service(dictionary, "public", "G", "?"), ==, DISTRO_NONE);
    check_str(distro_dictionary_text(dictionary,
                                     distro_dictionary_service_info(dictionary, service)->name),
              ==, "shop");
    check_uint(distro_dictionary_service_json_size(dictionary, service), ==, 8 + 3 + 6);
}

static void maps_are_equal_whatever_the_order_of_their_entries(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroExtEntry a = { .key = "a", .kind = DISTRO_VALUE_STRING, .text = "1" };
    DistroExtEntry b = { .key = "b", .kind = DISTRO_VALUE_DOUBLE, .number = 2.5 };
    DistroExtEntry forth[] = { a, b }, back[] = { b, a };
    size_t count;
    DistroExt ext = distro_dictionary_ext(dictionary, back, 2);

    check_uint(distro_dictionary_ext(dictionary, forth, 2), ==, ext);
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    check_uint(count, ==, 2);
    check_str(entries[0].key, ==, "a");
    check_str(entries[0].text, ==, "1");
    check_str(entries[1].key, ==, "b");
    check_true(entries[1].number == 2.5);
    check_uint(distro_dictionary_ext(dictionary, NULL, 0), ==, 0);
}

static void values_of_different_java_types_make_different_maps(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroExtEntry whole = { .key = "k", .kind = DISTRO_VALUE_INT, .integer = 1 };
    DistroExtEntry wide = { .key = "k", .kind = DISTRO_VALUE_LONG, .integer = 1 };
    DistroExtEntry text = { .key = "k", .kind = DISTRO_VALUE_STRING, .text = "1" };

    check_uint(distro_dictionary_ext(dictionary, &whole, 1), ==, 1);
    check_uint(distro_dictionary_ext(dictionary, &wide, 1), ==, 2);
    check_uint(distro_dictionary_ext(dictionary, &text, 1), ==, 3);
}

static void equality_leaves_out_the_cluster_and_nothing_else(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroService service = distro_dictionary_service(dictionary, "public", "G", "shop");
    DistroInstance first = instance_at(dictionary, "10.0.0.7", 8080, "A");
    DistroInstance moved = instance_at(dictionary, "10.0.0.7", 8080, "B");
    DistroInstance bare = instance_at(dictionary, "10.0.0.7", 8080, NULL);
    DistroInstance other = instance_at(dictionary, "10.0.0.7", 8081, "A");
    DistroInstance *all[] = { &first, &moved, &bare, &other };
    DistroPublication publications[4];
    uint32_t equality[4];

    for (int i = 0; i < 4; i++) {
        DistroListing listing = distro_dictionary_listing(dictionary, service, all[i]);
        publications[i] = single(dictionary, service, listing);
        equality[i] = distro_dictionary_publication_info(dictionary, publications[i])->equality;
    }
    check_uint(publications[0], !=, publications[1]);
    check_uint(equality[0], ==, equality[1]);
    check_uint(equality[0], ==, equality[2]);
    check_uint(equality[0], !=, equality[3]);
}

static void batches_are_equal_as_multisets_and_keep_their_order(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroService service = distro_dictionary_service(dictionary, "public", "G", "shop");
    DistroInstance one = instance_at(dictionary, "10.0.0.1", 1, "A");
    DistroInstance two = instance_at(dictionary, "10.0.0.2", 2, "A");
    DistroListing a = distro_dictionary_listing(dictionary, service, &one);
    DistroListing b = distro_dictionary_listing(dictionary, service, &two);
    DistroListing forth[] = { a, b }, back[] = { b, a }, twice[] = { a, a, b };
    DistroPublication ab = distro_dictionary_publication(dictionary, service, true, forth, 2);
    DistroPublication ba = distro_dictionary_publication(dictionary, service, true, back, 2);
    DistroPublication aab = distro_dictionary_publication(dictionary, service, true, twice, 3);
    DistroPublication lone = distro_dictionary_publication(dictionary, service, true, forth, 1);
    DistroPublication plain = single(dictionary, service, a);
    DistroPublication none = distro_dictionary_publication(dictionary, service, true, NULL, 0);
    uint32_t equality = distro_dictionary_publication_info(dictionary, ab)->equality;

    check_uint(ab, !=, ba);
    check_uint(distro_dictionary_publication_info(dictionary, ba)->listings[0], ==, b);
    check_uint(distro_dictionary_publication_info(dictionary, ba)->equality, ==, equality);
    check_uint(distro_dictionary_publication_info(dictionary, aab)->equality, !=, equality);
    check_uint(distro_dictionary_publication_info(dictionary, lone)->equality, !=,
               distro_dictionary_publication_info(dictionary, plain)->equality);
    check_uint(distro_dictionary_publication_info(dictionary, none)->count, ==, 0);
}

static void health_can_be_flipped_and_flipped_back(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroService service = distro_dictionary_service(dictionary, "public", "G", "shop");
    DistroInstance one = instance_at(dictionary, "10.0.0.1", 1, "A");
    DistroListing listing = distro_dictionary_listing(dictionary, service, &one);
    DistroListing pair[] = { listing, listing };
    DistroPublication up = single(dictionary, service, listing);
    DistroPublication batch = distro_dictionary_publication(dictionary, service, true, pair, 2);
    DistroPublication down = distro_dictionary_with_health(dictionary, up, false);

    check_uint(down, !=, up);
    check_uint(distro_dictionary_with_health(dictionary, up, true), ==, up);
    check_uint(distro_dictionary_with_health(dictionary, down, true), ==, up);
    check_uint(distro_dictionary_with_health(
                   dictionary, distro_dictionary_with_health(dictionary, batch, false), true),
               ==, batch);
    DistroListing flipped = distro_dictionary_publication_info(dictionary, down)->listings[0];
    check_true(!distro_dictionary_listing_info(dictionary, flipped)->instance.healthy);
    check_uint(distro_dictionary_listing_info(dictionary, flipped)->flipped, ==, listing);
}

static void a_client_knows_its_kind_and_its_tag(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroClient connection = distro_dictionary_client(dictionary, "1699999999999_10.0.0.21_54321");
    DistroClient beating = distro_dictionary_client(dictionary, "192.168.1.10:8080#true");
    DistroClient persistent = distro_dictionary_client(dictionary, "192.168.1.10:8080#false");
    const DistroClientInfo *info = distro_dictionary_client_info(dictionary, connection);

    check_int(info->kind, ==, DISTRO_CLIENT_CONNECTION);
    check_uint(info->id_size, ==, 29);
    check_uint(info->id_json_size, ==, 31);
    check_str(distro_dictionary_text(dictionary, info->tag), ==, info->id);
    info = distro_dictionary_client_info(dictionary, beating);
    check_int(info->kind, ==, DISTRO_CLIENT_IP_PORT);
    check_str(distro_dictionary_text(dictionary, info->tag), ==, "192.168.1.10:8080");
    check_uint(info->tag_hash, ==, 189675087);
    check_int(distro_dictionary_client_info(dictionary, persistent)->kind, ==,
              DISTRO_CLIENT_PERSISTENT);
    check_uint(distro_dictionary_find_client(dictionary, "192.168.1.10:8080#true"), ==, beating);
    check_uint(distro_dictionary_find_client(dictionary, "192.168.1.10:8080"), ==, DISTRO_NONE);
    check_uint(distro_dictionary_client(dictionary, "192.168.1.10:8080#true"), ==, beating);
    check_uint(distro_dictionary_counts(dictionary).clients, ==, 3);
}

/* ---- client-revision.tsv ---- */

static DistroExtEntry ext_entry(json_t *triple)
{
    const char *type = json_string_value(json_array_get(triple, 1));
    const char *printed = json_string_value(json_array_get(triple, 2));
    DistroExtEntry entry = { .key = json_string_value(json_array_get(triple, 0)) };

    if (strcmp(type, "String") == 0) {
        entry.kind = DISTRO_VALUE_STRING;
        entry.text = printed;
    } else if (strcmp(type, "Boolean") == 0) {
        entry.kind = DISTRO_VALUE_BOOL;
        entry.boolean = strcmp(printed, "true") == 0;
    } else if (strcmp(type, "Double") == 0) {
        entry.kind = DISTRO_VALUE_DOUBLE;
        entry.number = g_ascii_strtod(printed, NULL);
    } else if (strcmp(type, "null") == 0) {
        entry.kind = DISTRO_VALUE_NULL;
    } else {
        entry.kind = strcmp(type, "Long") == 0 ? DISTRO_VALUE_LONG : DISTRO_VALUE_INT;
        entry.integer = g_ascii_strtoll(printed, NULL, 10);
    }
    return entry;
}

static const char *member(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static DistroInstance publisher(DistroDictionary *dictionary, json_t *json)
{
    json_t *ext = json_object_get(json, "ext");
    DistroExtEntry entries[16];
    size_t count = json_array_size(ext);
    DistroInstance instance = instance_at(
        dictionary, member(json, "ip"), (int32_t)json_integer_value(json_object_get(json, "port")),
        member(json, "cluster"));

    for (size_t i = 0; i < count; i++) {
        entries[i] = ext_entry(json_array_get(ext, i));
    }
    instance.healthy = json_boolean_value(json_object_get(json, "healthy"));
    instance.ext = distro_dictionary_ext(dictionary, entries, count);
    return instance;
}

static void one_row_of_revisions(const Vectors *vectors, guint row)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    json_t *publishers = json_loads(vectors_cell(vectors, row, "publishers_json"), 0, NULL);
    g_auto(GStrv) expected = g_strsplit(vectors_cell(vectors, row, "element_hashes"), ",", -1);
    DistroClient client =
        distro_dictionary_client(dictionary, vectors_cell(vectors, row, "client_id"));
    DistroContent content = { 0 };
    int32_t hashes[64];
    bool all_ephemeral = true;

    check_uint(json_array_size(publishers), ==, g_strv_length(expected));
    for (size_t i = 0; i < json_array_size(publishers); i++) {
        json_t *json = json_array_get(publishers, i);
        bool ephemeral = json_boolean_value(json_object_get(json, "ephemeral"));
        DistroService service = distro_dictionary_service(
            dictionary, member(json, "ns"), member(json, "group"), member(json, "name"));
        DistroInstance instance = publisher(dictionary, json);
        DistroListing listing = distro_dictionary_listing(dictionary, service, &instance);

        hashes[i] = distro_element_hash(dictionary, service, &instance, ephemeral);
        check_int(hashes[i], ==, g_ascii_strtoll(expected[i], NULL, 10));
        if (ephemeral) {
            check_int(distro_dictionary_listing_info(dictionary, listing)->element_hash, ==,
                      hashes[i]);
        }
        all_ephemeral = all_ephemeral && ephemeral;
        DistroContent more = distro_content_with(dictionary, &content, service,
                                                 single(dictionary, service, listing));
        distro_content_clear(&content);
        content = more;
    }
    if (all_ephemeral) {
        check_int(distro_content_revision(dictionary, client, &content), ==,
                  vectors_int(vectors, row, "revision"));
    }
    check_int(distro_revision_of_hashes(distro_dictionary_client_info(dictionary, client)->id_hash,
                                        hashes, json_array_size(publishers)),
              ==, vectors_int(vectors, row, "revision"));
    distro_content_clear(&content);
    json_decref(publishers);
}

static void element_hashes_and_revisions_are_nacos_own(void)
{
    g_autoptr(Vectors) vectors = vectors_read("client-revision.tsv");

    check_uint(vectors_count(vectors), >=, 22);
    for (guint row = 0; row < vectors_count(vectors); row++) {
        one_row_of_revisions(vectors, row);
    }
}

int main(void)
{
    static const Test TESTS[] = {
        { "a name has one number, however many there are",
          a_name_has_one_number_however_many_there_are },
        { "names with one Java hash stay apart", names_with_one_java_hash_stay_apart },
        { "the sizes of a name count every escape", the_sizes_of_a_name_count_every_escape },
        { "a service is found by its three names", a_service_is_found_by_its_three_names },
        { "maps are equal whatever the order of their entries",
          maps_are_equal_whatever_the_order_of_their_entries },
        { "values of different Java types make different maps",
          values_of_different_java_types_make_different_maps },
        { "equality leaves out the cluster and nothing else",
          equality_leaves_out_the_cluster_and_nothing_else },
        { "batches are equal as multisets and keep their order",
          batches_are_equal_as_multisets_and_keep_their_order },
        { "health can be flipped and flipped back", health_can_be_flipped_and_flipped_back },
        { "a client knows its kind and its tag", a_client_knows_its_kind_and_its_tag },
        { "element hashes and revisions are Nacos' own",
          element_hashes_and_revisions_are_nacos_own },
        { NULL, NULL },
    };
    return run_tests("dictionary", TESTS);
}
