/* tests/unit/test_v1_datum.c -- a service's whole instance list, and its checksum, against Java's.
 */
#include "core/v1/replication.h"

#include <jansson.h>

#include "tests/support/check.h"
#include "tests/support/nodes.h"
#include "tests/support/vectors.h"

#define ONE "10.0.1.1:80#true"
#define TWO "10.0.1.2:80#true"

/* --- checksums ---------------------------------------------------------------------------- */

static DistroExt ext_of(Node *node, json_t *instance)
{
    DistroExtEntry entries[8];
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(instance, "metadata"), key, value)
    {
        entries[count++] = (DistroExtEntry) { .key = key,
                                              .kind = DISTRO_VALUE_STRING,
                                              .text = json_string_value(value) };
    }
    const double weight = json_number_value(json_object_get(instance, "weight"));
    if (weight != 1.0) {
        entries[count++] = (DistroExtEntry) { .key = "publishInstanceWeight",
                                              .kind = DISTRO_VALUE_DOUBLE,
                                              .number = weight };
    }
    if (!json_is_true(json_object_get(instance, "enabled"))) {
        entries[count++] =
            (DistroExtEntry) { .key = "publishInstanceEnable", .kind = DISTRO_VALUE_BOOL };
    }
    return distro_dictionary_ext(node->dictionary, entries, count);
}

static DistroV1Instance instance_of(Node *node, json_t *json)
{
    const DistroInstance instance = {
        .ip = node_name(node, json_string_value(json_object_get(json, "ip"))),
        .port = (int32_t)json_integer_value(json_object_get(json, "port")),
        .healthy = json_is_true(json_object_get(json, "healthy")),
        .cluster = node_name(node, json_string_value(json_object_get(json, "clusterName"))),
        .ext = ext_of(node, json),
    };
    const DistroService service = node_service(node, "shop");
    const DistroListing listing = distro_dictionary_listing(node->dictionary, service, &instance);
    return distro_instance_of(
        node->core, distro_dictionary_publication(node->dictionary, service, false, &listing, 1),
        0);
}

static void check_vector(Node *node, const Vectors *vectors, guint row)
{
    json_t *instances =
        json_loads(vectors_cell(vectors, row, "instances_json_input_order"), 0, NULL);
    json_t *canonical =
        json_loads(vectors_cell(vectors, row, "canonical_json"), JSON_DECODE_ANY, NULL);
    GArray *list = g_array_new(false, false, sizeof(DistroV1Instance));
    for (size_t i = 0; i < json_array_size(instances); i++) {
        const DistroV1Instance instance = instance_of(node, json_array_get(instances, i));
        g_array_append_val(list, instance);
    }
    g_autofree char *text = distro_datum_canonical(node->dictionary, list);
    check_str(text, ==, json_string_value(canonical));
    DistroDatum datum = { .instances = list };
    const uint8_t *md5 = distro_datum_checksum(node->core, &datum);
    g_autoptr(GString) hex = g_string_new(NULL);
    for (int i = 0; i < DISTRO_MD5_SIZE; i++) {
        g_string_append_printf(hex, "%02x", md5[i]);
    }
    check_str(hex->str, ==, vectors_cell(vectors, row, "md5"));
    g_array_unref(list);
    json_decref(instances);
    json_decref(canonical);
}

static void every_checksum_is_javas(void)
{
    g_autoptr(Vectors) vectors = vectors_read("v1-datum-checksum.tsv");
    g_autoptr(Node) node = node_v1_among("a,b");

    check_uint(vectors_count(vectors), ==, 10);
    for (guint row = 0; row < vectors_count(vectors); row++) {
        check_vector(node, vectors, row);
    }
}

/* --- identity ----------------------------------------------------------------------------- */

static void an_instance_is_an_address_in_a_cluster(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");

    node_write_of(node, DISTRO_WRITE_REGISTER, ONE,
                  node_publication(node, ONE, shop, true, "c1", 0));
    node_write_of(node, DISTRO_WRITE_REGISTER, ONE,
                  node_publication(node, ONE, shop, true, "c2", 0));
    const DistroDatum *datum = distro_datum_find(node->core, node_service(node, shop));
    check_uint(datum->instances->len, ==, 2);
    /* To the outside it is one client with two instances. */
    size_t count;
    distro_node_publishers(node->core, node_service(node, shop), &count);
    check_uint(count, ==, 1);
    const DistroPublication listed =
        distro_node_listed(node->core, node_client(node, ONE), node_service(node, shop));
    check_uint(distro_dictionary_publication_info(node->dictionary, listed)->count, ==, 2);
    node_write(node, DISTRO_WRITE_DEREGISTER, ONE, shop);
    check_uint(datum->instances->len, ==, 0);
    check_true(datum->stored);
}

static void who_was_there_keeps_the_health_that_is_known_here(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");

    node_write_of(node, DISTRO_WRITE_REGISTER, ONE,
                  node_publication(node, ONE, shop, false, "DEFAULT", 0));
    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    const DistroDatum *datum = distro_datum_find(node->core, node_service(node, shop));
    const DistroV1Instance *instance = &g_array_index(datum->instances, DistroV1Instance, 0);
    check_true(!distro_instance_healthy(node->core, instance));
    node_write(node, DISTRO_WRITE_LIGHT_BEAT, ONE, shop); /* a beat heals it, a registration not */
    check_true(distro_instance_healthy(node->core, instance));
}

static void a_change_of_health_changes_the_checksum_though_nothing_was_put(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");

    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    DistroDatum *datum = distro_datum_find(node->core, node_service(node, shop));
    uint8_t before[DISTRO_MD5_SIZE];
    memcpy(before, distro_datum_checksum(node->core, datum), sizeof before);
    node_forget(node);
    node->obliging |= OP(DATUM);
    node_pass(node, node->now_us + S(21));
    check_true(memcmp(before, distro_datum_checksum(node->core, datum), sizeof before) != 0);
    check_uint(node_events(node, DISTRO_EVENT_BEAT_LATE), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 1); /* the registration's, no other */
}

static void a_clients_record_is_what_its_services_show(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");

    check_true(!node_view(node, ONE).present);
    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    node_write(node, DISTRO_WRITE_REGISTER, TWO, shop);
    check_uint(node_view(node, ONE).content.count, ==, 1);
    check_uint(distro_node_state(node->core).clients, ==, 2);
    node_write(node, DISTRO_WRITE_DEREGISTER, ONE, shop);
    check_true(!node_view(node, ONE).present);
    check_uint(distro_node_state(node->core).clients, ==, 1);
    size_t entries;
    check_uint(distro_node_replica_bytes(node->core, &entries), >, 0);
    check_uint(entries, ==, 1);
}

int main(void)
{
    static const Test TESTS[] = {
        { "every checksum is Java's", every_checksum_is_javas },
        { "an instance is an address in a cluster", an_instance_is_an_address_in_a_cluster },
        { "who was there keeps the health that is known here",
          who_was_there_keeps_the_health_that_is_known_here },
        { "a change of health changes the checksum though nothing was put",
          a_change_of_health_changes_the_checksum_though_nothing_was_put },
        { "a client's record is what its services show",
          a_clients_record_is_what_its_services_show },
        { NULL, NULL },
    };
    return run_tests("v1_datum", TESTS);
}
