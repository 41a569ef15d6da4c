/* tests/unit/test_digest.c -- what a node comes to: the same for the same state, another for any
 * other. */
#include <glib.h>

#include "core/digest.h"
#include "core/v2/replication.h"
#include "tests/support/check.h"
#include "tests/support/nodes.h"

static uint64_t digest_at(const Node *node, int64_t shift_us)
{
    return distro_node_digest(node->core, node->now_us + shift_us,
                              node->core->wall_us + (node->now_us - node->core->now_us) + shift_us);
}

static uint64_t digest(const Node *node)
{
    return digest_at(node, 0);
}

/* Members, records of all kinds, delayed tasks, a task at a worker, a tombstone. */
static Node *busy_node(void)
{
    Node *node = node_among("a,b,c");
    node_operate(node, DISTRO_OPERATION_CONNECT, "1_10.0.0.9_1", NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, "1_10.0.0.9_1", "shop");
    node_write(node, DISTRO_WRITE_REGISTER, "10.0.0.8:8#true", "cart");
    node_receive_change(node, "2_10.0.0.7_1", 1, "shop");
    node_pass(node, node->now_us + MS(300));
    node_operate(node, DISTRO_OPERATION_REGISTER, "1_10.0.0.9_1", "cart");
    return node;
}

/* --- the same -------------------------------------------------------------------------------- */

static void nodes_that_were_told_the_same_are_equal(void)
{
    g_autoptr(Node) one = busy_node();
    g_autoptr(Node) other = busy_node();
    check_uint(digest(one), ==, digest(other));
}

static void asking_changes_nothing(void)
{
    g_autoptr(Node) node = busy_node();
    const uint64_t before = digest(node);
    for (int i = 0; i < 10; i++) {
        check_uint(digest(node), ==, before);
    }
}

/* Two clients of two dictionaries that met them in another order. */
static void the_order_of_what_does_not_concern_each_other_has_no_say(void)
{
    g_autoptr(Node) one = node_among("a,b,c");
    g_autoptr(Node) other = node_among("a,b,c");
    node_receive_change(one, "2_10.0.0.7_1", 1, "shop");
    node_receive_change(one, "3_10.0.0.6_1", 1, "cart");
    node_receive_change(other, "3_10.0.0.6_1", 1, "cart");
    node_receive_change(other, "2_10.0.0.7_1", 1, "shop");
    check_uint(digest(one), ==, digest(other));
}

static void a_client_that_came_and_went_leaves_nothing(void)
{
    g_autoptr(Node) one = node_among("a,b,c");
    g_autoptr(Node) other = node_among("a,b,c");
    node_receive_change(one, "2_10.0.0.7_1", 1, "shop");
    node_receive_change(other, "2_10.0.0.7_1", 1, "shop");
    node_receive_change(one, "3_10.0.0.6_1", 1, "shop");
    node_receive_delete(one, "3_10.0.0.6_1");
    check_uint(digest(one), ==, digest(other));
}

/* The same history, begun some minutes later: nothing but the clocks differ. */
static void a_shift_in_time_has_no_say(void)
{
    const DistroConfig config = distro_config_default();
    g_autoptr(Node) one = node_new(&config, "a");
    g_autoptr(Node) other = node_new(&config, "a");
    other->now_us += S(300);
    node_boot(one, "a");
    node_boot(other, "a");
    node_receive_change(one, "2_10.0.0.7_1", 1, "shop");
    node_receive_change(other, "2_10.0.0.7_1", 1, "shop");
    check_uint(digest(one), ==, digest(other));
}

/* --- any other ------------------------------------------------------------------------------- */

typedef struct Field {
    const char *name;
    void *at;
    size_t size;
} Field;

/* Another value of each field, once for each of its low bits, is another digest. */
static unsigned change_field(const Node *node, const Field *field)
{
    const uint64_t before = digest(node);
    unsigned changes = 0;
    for (size_t bit = 0; bit < MIN(field->size * 8, 12); bit++) {
        unsigned char *byte = (unsigned char *)field->at + bit / 8;
        *byte = (unsigned char)(*byte ^ 1u << bit % 8);
        const bool differs = digest(node) != before;
        if (!differs) {
            printf("\n    bit %zu of %s changes nothing", bit, field->name);
        }
        check_true(differs);
        *byte = (unsigned char)(*byte ^ 1u << bit % 8);
        changes++;
    }
    check_uint(digest(node), ==, before);
    return changes;
}

#define FIELD(of, member)                                                                          \
    {                                                                                              \
        #member, &(of).member, sizeof((of).member)                                                 \
    }

static unsigned change_fields(const Node *node, const Field *fields, size_t count)
{
    unsigned changes = 0;
    for (size_t i = 0; i < count; i++) {
        changes += change_field(node, &fields[i]);
    }
    return changes;
}

static unsigned change_members(const Node *node)
{
    unsigned changes = 0;
    for (guint i = 0; i < node->core->members.list->len; i++) {
        DistroMember *member = &g_array_index(node->core->members.list, DistroMember, i);
        const Field fields[] = {
            FIELD(*member, incarnation),   FIELD(*member, state),
            FIELD(*member, fail_count),    FIELD(*member, rpc.activity),
            FIELD(*member, rpc.tries),     FIELD(*member, rpc.wake_at_us),
            FIELD(*member, rpc.active_us), /* last: there is none of the node itself */
        };
        changes += change_fields(node, fields,
                                 G_N_ELEMENTS(fields) - (member->rpc.status == DISTRO_RPC_OFF));
    }
    for (int i = 0; i < DISTRO_N_REPORT_LOOPS; i++) {
        DistroReportLoop *loop = &node->core->members.loops[i];
        const Field fields[] = { FIELD(*loop, wake_at_us), FIELD(*loop, period_us),
                                 FIELD(*loop, cursor) };
        changes += change_fields(node, fields, G_N_ELEMENTS(fields));
    }
    return changes;
}

static unsigned change_load(const Node *node)
{
    DistroLoad *load = &node->core->load;
    const Field fields[] = {
        FIELD(*load, at_us),
        FIELD(*load, status_at_us),
        FIELD(node->core->members, incarnation),
        FIELD(*node->core, lived_from_us),
    };
    return change_fields(node, fields, G_N_ELEMENTS(fields));
}

static unsigned change_replication(const Node *node)
{
    DistroReplication *v2 = distro_v2(node->core);
    const Field fields[] = {
        FIELD(*v2, verify_at_us), FIELD(*v2, cleaner_at_us), FIELD(*v2, ejector_at_us),
        FIELD(*v2, probes),       FIELD(*v2, broadcasts),    FIELD(*v2, delays.scanned_us),
    };
    unsigned changes = change_fields(node, fields, G_N_ELEMENTS(fields));
    for (uint32_t i = 0; i < v2->extra_count; i++) {
        const Field extra[] = { FIELD(v2->extras[i], revision),
                                FIELD(v2->extras[i], renewed_wall_us) };
        changes += change_fields(node, extra, G_N_ELEMENTS(extra));
    }
    return changes;
}

static unsigned change_tasks(const Node *node)
{
    DistroReplication *v2 = distro_v2(node->core);
    unsigned changes = 0;
    g_autoptr(GArray) keys = g_array_new(false, false, sizeof(int64_t));
    distro_delays_list(&v2->delays, keys);
    check_uint(keys->len, >, 0);
    for (guint i = 0; i < keys->len; i++) {
        DistroTask *task = distro_delays_find(&v2->delays, g_array_index(keys, int64_t, i));
        const Field fields[] = {
            FIELD(*task, action),
            FIELD(*task, created_wall_us),
            FIELD(*task, delayed.base_wall_us),
            FIELD(*task, delayed.interval_us),
        };
        changes += change_fields(node, fields, G_N_ELEMENTS(fields));
    }
    return changes;
}

/* Records that fit into eight bytes have no fields to point at. */
static unsigned change_records(const Node *node)
{
    DistroWalk walk = { .v2 = distro_v2(node->core) };
    unsigned changes = 0;
    for (DistroRecord *record = distro_walk_next(&walk); record != NULL;
         record = distro_walk_next(&walk)) {
        const uint64_t before = digest(node);
        for (unsigned bit = 0; bit < 12 && !record->has_extra; bit++) {
            const DistroRecord was = *record;
            record->renewed_us =
                (record->renewed_us ^ 1u << bit) & ((1u << DISTRO_RENEWED_BITS) - 1);
            check_uint(digest(node), !=, before);
            *record = was;
            if (bit < DISTRO_REVISION_BITS) {
                record->revision =
                    (record->revision ^ 1u << bit) & ((1u << DISTRO_REVISION_BITS) - 1);
                check_uint(digest(node), !=, before);
                *record = was;
            }
            changes += 2;
        }
    }
    return changes;
}

static void a_thousand_changes_of_single_fields_each_change_it(void)
{
    g_autoptr(Node) node = busy_node();
    unsigned changes = 0;
    for (int round = 0; round < 2; round++) { /* before and after its tasks were sent */
        changes += change_members(node) + change_load(node) + change_replication(node) +
                   change_tasks(node) + change_records(node);
        node_pass(node, node->now_us + MS(700));
        node_operate(node, DISTRO_OPERATION_REGISTER, "1_10.0.0.9_1", "mill");
    }
    printf(" [%u changes]", changes);
    check_uint(changes, >, 1000);
}

static void each_input_that_changes_something_changes_it(void)
{
    g_autoptr(Node) node = node_among("a,b,c");
    uint64_t before = digest(node);
    static const char *const services[] = { "shop", "cart", "mill", "farm" };
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        node_receive_change(node, "2_10.0.0.7_1", (int32_t)i + 1, services[i]);
        check_uint(digest(node), !=, before);
        before = digest(node);
    }
    node_link_lost(node, "b");
    check_uint(digest(node), !=, before);
    before = digest(node);
    node_receive_delete(node, "2_10.0.0.7_1");
    check_uint(digest(node), !=, before);
}

static void time_that_passes_changes_it(void)
{
    g_autoptr(Node) node = busy_node();
    check_uint(digest_at(node, 0), !=, digest_at(node, 1));
}

int main(void)
{
    static const Test tests[] = {
        { "nodes that were told the same are equal", nodes_that_were_told_the_same_are_equal },
        { "asking changes nothing", asking_changes_nothing },
        { "the order of what does not concern each other has no say",
          the_order_of_what_does_not_concern_each_other_has_no_say },
        { "a client that came and went leaves nothing",
          a_client_that_came_and_went_leaves_nothing },
        { "a shift in time has no say", a_shift_in_time_has_no_say },
        { "a thousand changes of single fields each change it",
          a_thousand_changes_of_single_fields_each_change_it },
        { "each input that changes something changes it",
          each_input_that_changes_something_changes_it },
        { "time that passes changes it", time_that_passes_changes_it },
        { NULL, NULL },
    };
    return run_tests("digest", tests);
}
