/* tests/unit/test_node.c -- whole nodes: a registration, a lost answer and an end among three of
 * them, sameness of runs, and malformed inputs. */
#include "tests/support/check.h"
#include "tests/support/messages.h"
#include "tests/support/nodes.h"

#define SHOP "1699999999999_10.0.0.21_54321"
#define BEATING "10.0.0.7:8080#true"

static const char *const nodes[] = { "a", "b", "c" };

/* Three loaded nodes at a whole number of 5 s rounds. */
static Cluster *three(void)
{
    const DistroConfig config = distro_config_default();
    Cluster *cluster = cluster_new(&config, "a,b,c", MS(1));
    for (guint i = 0; i < G_N_ELEMENTS(nodes); i++) {
        cluster_boot(cluster, nodes[i]);
    }
    cluster_pass(cluster,
                 S(40)); /* a boots before its peers listen and loads half a minute later */
    for (guint i = 0; i < G_N_ELEMENTS(nodes); i++) {
        g_assert_true(distro_node_state(cluster_core(cluster, nodes[i])).initialised);
    }
    return cluster;
}

static void register_shop(Cluster *cluster)
{
    cluster_operate(cluster, "a", DISTRO_OPERATION_CONNECT, SHOP, NULL);
    cluster_operate(cluster, "a", DISTRO_OPERATION_REGISTER, SHOP, "shop");
}

static void a_registration_is_known_everywhere_after_one_delay_and_one_scan(void)
{
    g_autoptr(Cluster) cluster = three();
    cluster_pass(cluster, S(41));

    register_shop(cluster);
    check_int(cluster_view(cluster, "a", SHOP).revision, ==, 1);
    cluster_pass(cluster, S(42) - 1);
    check_true(!cluster_view(cluster, "b", SHOP).present);
    cluster_pass(cluster, S(42) + MS(101));
    check_int(cluster_view(cluster, "b", SHOP).revision, ==, 1);
    check_int(cluster_view(cluster, "c", SHOP).revision, ==, 1);
    check_true(!cluster_view(cluster, "c", SHOP).native);
}

static bool lose_answers_of_c(const char *from, const char *to, const DistroMessage *message)
{
    (void)to;
    return message->answer && message->op == DISTRO_OP_CHANGE && strcmp(from, "c") == 0;
}

static bool lose_changes_to_c(const char *from, const char *to, const DistroMessage *message)
{
    (void)from;
    return !message->answer && message->op == DISTRO_OP_CHANGE && strcmp(to, "c") == 0;
}

static void a_lost_answer_costs_a_retry_and_changes_nothing(void)
{
    g_autoptr(Cluster) cluster = three();
    cluster_pass(cluster, S(41));
    register_shop(cluster);
    cluster_lose(cluster, lose_answers_of_c);

    cluster_pass(cluster, S(44)); /* sent at 42 s, timed out at 45 s, sent again at 48 s */
    check_uint(cluster_events(cluster, "a", DISTRO_EVENT_SYNC_RETRIED), ==, 0);
    cluster_lose(cluster, NULL);
    cluster_pass(cluster, S(45) + MS(100));
    check_uint(cluster_events(cluster, "a", DISTRO_EVENT_SYNC_RETRIED), ==, 1);
    cluster_pass(cluster, S(49));
    check_uint(cluster_events(cluster, "a", DISTRO_EVENT_SYNC_RETRIED), ==, 1);
    check_uint(cluster_events(cluster, "a", DISTRO_EVENT_SYNC_ACKED), ==, 2);
    check_int(cluster_view(cluster, "c", SHOP).revision, ==, 1);
}

/* The push is lost, so the digest at 45 s finds nothing at c; the repair joins the pending retry
 * and does not wait for it. */
static void a_digest_repairs_a_lost_push_before_its_retry_is_due(void)
{
    g_autoptr(Cluster) cluster = three();
    cluster_pass(cluster, S(42) + MS(500));
    register_shop(cluster);
    cluster_pass(cluster, S(43));
    cluster_lose(cluster, lose_changes_to_c);
    cluster_pass(cluster, S(44));
    cluster_lose(cluster, NULL);

    check_true(!cluster_view(cluster, "c", SHOP).present);
    cluster_pass(cluster, S(45) + MS(200));
    check_uint(cluster_events(cluster, "a", DISTRO_EVENT_VERIFY_REPAIR), ==, 1);
    check_int(cluster_view(cluster, "c", SHOP).revision, ==, 1);
}

static void a_closed_connection_is_gone_everywhere_after_one_delay_and_one_scan(void)
{
    g_autoptr(Cluster) cluster = three();
    register_shop(cluster);
    cluster_pass(cluster, S(50));

    cluster_operate(cluster, "a", DISTRO_OPERATION_DISCONNECT, SHOP, NULL);
    cluster_pass(cluster, S(51) + MS(101));
    for (guint i = 0; i < G_N_ELEMENTS(nodes); i++) {
        check_true(!cluster_view(cluster, nodes[i], SHOP).present);
    }
}

static void the_replicas_of_a_crashed_owner_live_for_their_lease(void)
{
    g_autoptr(Cluster) cluster = three();
    register_shop(cluster);
    cluster_pass(cluster, S(50) + MS(10)); /* just verified */
    cluster_crash(cluster, "a");

    cluster_pass(cluster, S(230));
    check_true(cluster_view(cluster, "b", SHOP).present);
    check_true(cluster_view(cluster, "c", SHOP).present);
    cluster_pass(cluster, S(235) + MS(10));
    check_true(!cluster_view(cluster, "b", SHOP).present);
    check_true(!cluster_view(cluster, "c", SHOP).present);
}

static void a_restarted_node_loads_what_the_others_hold(void)
{
    g_autoptr(Cluster) cluster = three();
    register_shop(cluster);
    cluster_pass(cluster, S(50));
    cluster_crash(cluster, "c");
    cluster_pass(cluster, S(51));

    cluster_boot(cluster, "c");
    cluster_pass(cluster, S(52));
    check_true(distro_node_state(cluster_core(cluster, "c")).initialised);
    check_int(cluster_view(cluster, "c", SHOP).revision, ==, 1);
}

static void a_heartbeat_client_has_one_owner_whoever_takes_the_write(void)
{
    g_autoptr(Cluster) cluster = three();

    cluster_write(cluster, "a", DISTRO_WRITE_REGISTER, BEATING, "shop");
    cluster_pass(cluster, S(45) - 1);
    check_int(cluster_reply(cluster), ==, DISTRO_STATUS_OK);
    uint32_t owners = 0;
    for (guint i = 0; i < G_N_ELEMENTS(nodes); i++) {
        owners += distro_node_state(cluster_core(cluster, nodes[i])).owned;
        check_true(cluster_view(cluster, nodes[i], BEATING).present);
        check_int(cluster_view(cluster, nodes[i], BEATING).revision, ==,
                  cluster_view(cluster, "a", BEATING).revision);
    }
    check_uint(owners, ==, 1);
}

/* --- sameness ----------------------------------------------------------------------------- */

static uint64_t fingerprint_of_a_busy_run(int64_t change_at_us)
{
    g_autoptr(Cluster) cluster = three();
    register_shop(cluster);
    cluster_write(cluster, "b", DISTRO_WRITE_REGISTER, BEATING, "shop");
    cluster_pass(cluster, change_at_us);
    cluster_operate(cluster, "a", DISTRO_OPERATION_REGISTER, SHOP, "cart");
    cluster_lose(cluster, lose_changes_to_c);
    cluster_pass(cluster, S(50));
    cluster_lose(cluster, NULL);
    cluster_crash(cluster, "b");
    cluster_pass(cluster, S(60));
    cluster_boot(cluster, "b");
    cluster_pass(cluster, S(120));
    return cluster_fingerprint(cluster);
}

static void equal_inputs_give_equal_effects_byte_for_byte(void)
{
    const uint64_t once = fingerprint_of_a_busy_run(S(43));

    check_uint(fingerprint_of_a_busy_run(S(43)), ==, once);
    check_uint(fingerprint_of_a_busy_run(S(43) + 1), !=, once);
}

/* --- bad faith ---------------------------------------------------------------------------- */

static DistroStatus receive_frame(Node *node, const DistroFrame *frame)
{
    DistroInput input = { .kind = DISTRO_INPUT_REQUEST };
    input.request.from = node_name(node, "b");
    input.request.call = 7;
    input.request.frame = frame;
    node_step(node, &input);
    return node_last(node, DISTRO_EFFECT_ANSWER)->message.status;
}

static void a_malformed_frame_is_answered_bad_payload(void)
{
    g_autoptr(Node) node = node_among("a,b");
    DistroFrame frame = { .head = { DISTRO_V1_OPS } };

    check_int(receive_frame(node, &frame), ==, DISTRO_STATUS_BAD_PAYLOAD);
    memset(frame.head, 0xff, sizeof frame.head);
    check_int(receive_frame(node, &frame), ==, DISTRO_STATUS_BAD_PAYLOAD);
    memset(frame.head, 0, sizeof frame.head); /* a CHANGE of no client */
    check_int(receive_frame(node, &frame), ==, DISTRO_STATUS_BAD_PAYLOAD);
    const DistroMessage answer = { .op = DISTRO_OP_HEALTH,
                                   .answer = true,
                                   .status = DISTRO_STATUS_OK };
    frame = distro_wire_encode(node->dictionary, &answer);
    check_int(receive_frame(node, &frame), ==, DISTRO_STATUS_BAD_PAYLOAD);
    check_uint(distro_node_state(node->core).clients, ==, 0);
}

static void an_outcome_that_cannot_be_read_is_a_failure(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, "1_x_1", NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, "1_x_1", "shop");
    node_pass(node, MS(1100));
    const DistroFrame rubbish = { .head = { 0xff } };

    node_answer_with(node, node_last_sent(node, DISTRO_OP_CHANGE, "b"), &rubbish);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_RETRIED), ==, 1);
}

/* xorshift64: chance enough, and the same every time. */
static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 33) % below;
}

static void damage(DistroFrame *frame, uint64_t *chance)
{
    for (uint32_t n = draw(chance, 4); n > 0; n--) {
        frame->head[draw(chance, DISTRO_HEAD_SIZE)] =
            (uint8_t)(draw(chance, 2) * 248 + draw(chance, 8));
    }
}

static void do_anything(Node *node, GArray *samples, uint64_t *chance)
{
    static const char *const clients[] = { "1_x_1", "2_x_2", "1699999999999_10.0.0.21_54321" };
    static const char *const services[] = { "shop", "service-0", "service-1" };
    const Sample *sample = &g_array_index(samples, Sample, draw(chance, samples->len));
    DistroFrame frame = distro_wire_encode(node->dictionary, &sample->message);
    damage(&frame, chance);
    Seen *call = g_ptr_array_index(node->seen, draw(chance, node->seen->len));
    switch (draw(chance, 8)) {
    case 0:
        node_pass(node, node->now_us + MS(draw(chance, 4000)));
        break;
    case 1:
        node->wall_step_us += MS(draw(chance, 20001)) - MS(10000);
        break;
    case 2:
        node_operate(node, (DistroOperationKind)draw(chance, DISTRO_OPERATION_WRITE),
                     clients[draw(chance, 3)], services[draw(chance, 3)]);
        break;
    case 3:
        node_members(node, draw(chance, 2) ? "a,b,c" : "a,c,d");
        break;
    case 4:
        node_link_lost(node, draw(chance, 2) ? "b" : "c");
        break;
    case 5:
        if (call->open) {
            node_answer_with(node, call, &frame);
        }
        break;
    default:
        receive_frame(node, &frame);
        break;
    }
    distro_frame_clear(&frame);
}

static void no_input_from_outside_brings_a_node_down(void)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint64_t chance = seed * 0x9e3779b97f4a7c15u;
        g_autoptr(Node) node = node_among("a,b,c");
        g_autoptr(GArray) samples = sample_messages(node->dictionary);
        for (guint i = 0; i < 400; i++) {
            do_anything(node, samples, &chance);
        }
        size_t count, entries;
        distro_node_healthy(node->core, &count);
        check_uint(count, >=, 1);
        distro_node_replica_bytes(node->core, &entries);
        check_uint(entries, ==, distro_node_state(node->core).clients);
    }
}

int main(void)
{
    static const Test tests[] = {
        { "a registration is known everywhere after one delay and one scan",
          a_registration_is_known_everywhere_after_one_delay_and_one_scan },
        { "a lost answer costs a retry and changes nothing",
          a_lost_answer_costs_a_retry_and_changes_nothing },
        { "a digest repairs a lost push before its retry is due",
          a_digest_repairs_a_lost_push_before_its_retry_is_due },
        { "a closed connection is gone everywhere after one delay and one scan",
          a_closed_connection_is_gone_everywhere_after_one_delay_and_one_scan },
        { "the replicas of a crashed owner live for their lease",
          the_replicas_of_a_crashed_owner_live_for_their_lease },
        { "a restarted node loads what the others hold",
          a_restarted_node_loads_what_the_others_hold },
        { "a heartbeat client has one owner, whoever takes the write",
          a_heartbeat_client_has_one_owner_whoever_takes_the_write },
        { "equal inputs give equal effects, byte for byte",
          equal_inputs_give_equal_effects_byte_for_byte },
        { "a malformed frame is answered BAD_PAYLOAD", a_malformed_frame_is_answered_bad_payload },
        { "an outcome that cannot be read is a failure",
          an_outcome_that_cannot_be_read_is_a_failure },
        { "no input from outside brings a node down", no_input_from_outside_brings_a_node_down },
        { 0 },
    };
    return run_tests("node", tests);
}
