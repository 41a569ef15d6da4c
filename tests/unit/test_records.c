/* tests/unit/test_records.c -- where client records lie, and how little they take. */
#include "core/v2/replication.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"

/* The extra of @client's record; NULL if it has none. */
static const DistroClientExtra *extra_of(Node *node, const char *client)
{
    return distro_record_extra(node->core,
                               distro_clients_find(node->core, node_client(node, client)));
}

/* --- pages -------------------------------------------------------------------------------- */

enum {
    NUMBERS = 5 * DISTRO_PAGE
};

/* xorshift64: chance enough, and the same every time. */
static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 33) % below;
}

/* 0: absent; otherwise its kind and 1. */
static uint32_t kind_of(const DistroReplication *v2, DistroClient client)
{
    const DistroRecord *record = distro_records_find(v2, client);
    return record != NULL ? record->kind + 1 : 0;
}

static void check_walks(const DistroReplication *v2, const uint32_t *expected)
{
    DistroWalk walk = { .v2 = v2 };
    DistroClient native = DISTRO_NONE;
    for (DistroClient client = 0; client < NUMBERS; client++) {
        check_uint(kind_of(v2, client), ==, expected[client]);
        if (expected[client] != 0) {
            check_true(distro_walk_next(&walk) == distro_records_find(v2, client));
            check_uint(walk.client, ==, client);
        }
        if (expected[client] == DISTRO_RECORD_NATIVE + 1) {
            check_true(distro_records_next_native(v2, &native) == distro_records_find(v2, client));
            check_uint(native, ==, client);
        }
    }
    check_true(distro_walk_next(&walk) == NULL);
    check_true(distro_records_next_native(v2, &native) == NULL);
}

static void clients_are_found_and_walked_in_order_however_they_come_and_go(void)
{
    g_autoptr(Node) node = node_among("a,b");
    DistroReplication *v2 = distro_v2(node->core);
    uint32_t expected[NUMBERS] = { 0 }, count = 0;
    uint64_t chance = 0x9e3779b97f4a7c15u;
    for (guint i = 0; i < 4000; i++) {
        const DistroClient client = draw(&chance, NUMBERS - 1) + 1;
        const DistroRecordKind kind = (DistroRecordKind)draw(&chance, DISTRO_RECORD_BEATING);
        if (expected[client] != 0) {
            distro_records_remove(v2, client);
            expected[client] = 0;
            count--;
        } else {
            distro_records_add(v2, client, kind)->revision = client % 256;
            expected[client] = kind + 1;
            count++;
        }
        check_uint(distro_clients_count(node->core), ==, count);
        if (i % 100 == 99) {
            check_walks(v2, expected);
        }
    }
    for (DistroClient client = 1; client < NUMBERS; client++) { /* each still has what was put in */
        if (expected[client] != 0) {
            check_uint(distro_records_find(v2, client)->revision, ==, client % 256);
            distro_records_remove(v2, client);
            expected[client] = 0;
        }
    }
    check_walks(v2, expected);
}

/* --- bytes -------------------------------------------------------------------------------- */

static size_t bytes_of(const Node *node)
{
    size_t entries;
    return distro_node_replica_bytes(node->core, &entries);
}

static void a_connection_takes_fourteen_bytes_here_and_elsewhere(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const size_t before = bytes_of(node);
    for (int i = 0; i < 1024; i++) {
        g_autofree char *client = g_strdup_printf("%d_x_%d", i, i);
        if (i % 2 == 0) {
            node_operate(node, DISTRO_OPERATION_CONNECT, client, NULL);
            node_operate(node, DISTRO_OPERATION_REGISTER, client, "shop");
        } else {
            node_receive_change(node, client, 1, "shop");
        }
    }
    check_uint(distro_node_state(node->core).clients, ==, 1024);
    check_uint(distro_v2(node->core)->extra_count, ==, 0);
    check_uint(bytes_of(node) - before, <, 1024 * 14);
}

/* @count of them come, of which every @stays-th stays; 0: none. */
static void come_and_go(Node *node, int count, int stays)
{
    for (int i = 0; i < 2 * count; i++) {
        g_autofree char *client = g_strdup_printf("%d_x_%d", i % count, i % count);
        if (i < count) {
            node_receive_change(node, client, 1, "shop");
        } else if (stays == 0 || i % stays != 0) {
            node_receive_delete(node, client);
        }
    }
}

static void who_stays_takes_no_more_for_those_who_went(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const size_t before = bytes_of(node);
    come_and_go(node, 1024, 4);
    check_uint(distro_node_state(node->core).clients, ==, 256);
    check_uint(bytes_of(node) - before, <, 256 * 20);
}

/* Numbers of clients are never given again. */
static void who_has_closed_leaves_less_than_half_a_byte(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const size_t before = bytes_of(node);
    come_and_go(node, 8192, 0);
    check_uint(distro_node_state(node->core).clients, ==, 0);
    check_uint((bytes_of(node) - before) * 2, <, 8192);
}

/* --- extras ------------------------------------------------------------------------------- */

static void only_several_services_take_an_extra_and_only_as_long(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop");
    node_receive_change(node, "2_x_2", 1, "shop,cart");
    check_true(extra_of(node, SHOP) == NULL);
    check_true(extra_of(node, "2_x_2") != NULL);
    node_receive_change(node, SHOP, 2, "shop,cart,till");
    check_uint(node_view(node, SHOP).content.count, ==, 3);
    check_uint(node_view(node, "2_x_2").content.count, ==, 2);

    const int64_t renewed_us = node_view(node, "2_x_2").renewed_wall_us;
    node_receive_change(node, "2_x_2", 2, "cart"); /* the extra of the other takes its place */
    check_true(extra_of(node, "2_x_2") == NULL);
    check_uint(node_view(node, "2_x_2").content.count, ==, 1);
    check_int(node_view(node, "2_x_2").revision, ==, 2);
    check_int(node_view(node, "2_x_2").renewed_wall_us, ==, renewed_us);
    check_uint(node_view(node, SHOP).content.count, ==, 3);
    node_receive_delete(node, SHOP);
    check_uint(distro_v2(node->core)->extra_count, ==, 0);
}

/* So many publications would take gigabytes to enter: none of this asks the dictionary. */
static void a_publication_with_a_number_of_25_bits_is_kept(void)
{
    static const DistroPublication numbers[] = { 1, 0xffffff, 0x1000000, UINT32_MAX, 7 };
    g_autoptr(Node) node = node_among("a,b");
    const DistroClient client = node_client(node, SHOP);
    DistroRecord *record = distro_records_add(distro_v2(node->core), client, DISTRO_RECORD_SYNCED);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const DistroContent content = { .count = 1, .only = numbers[i] };
        distro_record_set_content(node->core, client, record, content);
        check_uint(distro_record_content(node->core, record).count, ==, 1);
        check_uint(distro_record_content(node->core, record).only, ==, numbers[i]);
        check_true(record->has_extra == (numbers[i] > 0xffffff));
    }
}

static void every_revision_is_kept_and_verified_whatever_its_size(void)
{
    static const int32_t revisions[] = { 0, 255, 256, INT32_MAX, INT32_MIN, -1, 7 };
    g_autoptr(Node) node = node_among("a,b");
    for (guint i = 0; i < G_N_ELEMENTS(revisions); i++) {
        node_receive_change(node, SHOP, revisions[i], "shop");
        check_int(node_view(node, SHOP).revision, ==, revisions[i]);
        check_int(node_receive_verify(node, SHOP, revisions[i]), ==, DISTRO_STATUS_OK);
        check_int(node_receive_verify(node, SHOP, revisions[i] ^ 256), ==,
                  revisions[i] == 256 ? DISTRO_STATUS_OK : DISTRO_STATUS_VERIFY_FAILED);
        check_true((extra_of(node, SHOP) == NULL) == (revisions[i] >= 0 && revisions[i] < 256));
    }
}

static void a_busy_connection_counts_on(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    for (int i = 0; i < 300; i++) {
        node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
    }
    check_int(node_view(node, SHOP).revision, ==, 300);
}

static void a_connection_has_an_extra_while_it_is_probed(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    node_pass(node, S(22));
    check_true(extra_of(node, SHOP)->probing);
    node_answer(node, node_last(node, DISTRO_EFFECT_PROBE), DISTRO_STATUS_OK);
    check_true(extra_of(node, SHOP) == NULL);
    check_int(node_view(node, SHOP).renewed_wall_us, ==, node->core->wall_us);
}

/* 28 bits of microseconds are 268 s, of which 201 s lie behind when the base moves. */
static void a_renewal_out_of_reach_takes_an_extra_until_the_next(void)
{
    DistroConfig config = distro_config_default();
    config.client_expired_us = S(1000);
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_change(node, SHOP, 1, "shop");
    const int64_t renewed_us = node_view(node, SHOP).renewed_wall_us;
    for (int64_t i = 1; i <= 60; i++) {
        node_pass(node, S(10) * i);
        node_receive_change(node, "2_x_2", (int32_t)i, "shop");
        node_receive_verify(node, "2_x_2", (int32_t)i);
        check_int(node_view(node, SHOP).renewed_wall_us, ==, renewed_us);
        check_true(extra_of(node, "2_x_2") == NULL);
    }
    check_true(extra_of(node, SHOP) != NULL);
    node_receive_verify(node, SHOP, 1);
    check_true(extra_of(node, SHOP) == NULL);
    check_int(node_view(node, SHOP).renewed_wall_us, ==, node->core->wall_us);
}

#define BEATING "10.0.0.7:8080#true"

static void a_heartbeat_client_has_a_time_for_each_service(void)
{
    DistroConfig config = distro_config_default();
    config.distro_enabled = false; /* owns every one */
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_write(node, DISTRO_WRITE_REGISTER, BEATING, "shop");
    const int64_t shop_wall_us = node->core->wall_us;
    node_pass(node, S(4));
    node_write(node, DISTRO_WRITE_REGISTER, BEATING, "cart");
    node_pass(node, S(8));
    node_write(node, DISTRO_WRITE_BEAT, BEATING, "cart");
    const int64_t cart_wall_us = node->core->wall_us;
    node_pass(node, S(9));
    node_write(node, DISTRO_WRITE_REGISTER, BEATING, "till");
    const int64_t till_wall_us = node->core->wall_us;

    DistroRecord *record = distro_clients_find(node->core, node_client(node, BEATING));
    const int64_t *beats = distro_record_beats(node->core, record);
    check_int(beats[0], ==, shop_wall_us);
    check_int(beats[1], ==, cart_wall_us);
    check_int(beats[2], ==, till_wall_us);
    node_write(node, DISTRO_WRITE_DEREGISTER, BEATING, "shop");
    node_write(node, DISTRO_WRITE_DEREGISTER, BEATING, "till");
    check_int(distro_record_beats(node->core, record)[0], ==, cart_wall_us);
    node_write(node, DISTRO_WRITE_DEREGISTER, BEATING, "cart");
    check_uint(node_view(node, BEATING).content.count, ==, 0);
    check_true(record->has_extra);
}

/* Its own sign of life is what counts, whatever peers say of it. */
static void peers_do_not_keep_a_connection_from_being_probed(void)
{
    DistroConfig config = distro_config_default();
    config.sync_renews_lease = true;
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    node_pass(node, S(15));
    node_receive_verify(node, SHOP, 0);
    node_receive_change(node, SHOP, 1, "shop");
    node_pass(node, S(22));
    check_uint(node_effects(node, DISTRO_EFFECT_PROBE), ==, 1);
}

int main(void)
{
    static const Test tests[] = {
        { "clients are found and walked in order however they come and go",
          clients_are_found_and_walked_in_order_however_they_come_and_go },
        { "a connection takes fourteen bytes here and elsewhere",
          a_connection_takes_fourteen_bytes_here_and_elsewhere },
        { "who stays takes no more for those who went",
          who_stays_takes_no_more_for_those_who_went },
        { "who has closed leaves less than half a byte",
          who_has_closed_leaves_less_than_half_a_byte },
        { "only several services take an extra and only as long",
          only_several_services_take_an_extra_and_only_as_long },
        { "a publication with a number of 25 bits is kept",
          a_publication_with_a_number_of_25_bits_is_kept },
        { "every revision is kept and verified whatever its size",
          every_revision_is_kept_and_verified_whatever_its_size },
        { "a busy connection counts on", a_busy_connection_counts_on },
        { "a connection has an extra while it is probed",
          a_connection_has_an_extra_while_it_is_probed },
        { "a renewal out of reach takes an extra until the next",
          a_renewal_out_of_reach_takes_an_extra_until_the_next },
        { "a heartbeat client has a time for each service",
          a_heartbeat_client_has_a_time_for_each_service },
        { "peers do not keep a connection from being probed",
          peers_do_not_keep_a_connection_from_being_probed },
        { 0 },
    };
    return run_tests("records", tests);
}
