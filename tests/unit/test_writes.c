/* tests/unit/test_writes.c -- what clients ask for, and to whom an HTTP write is passed on. */
#include "core/node.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"

/* --- connections -------------------------------------------------------------------------- */

static Node *with_shop(void)
{
    Node *node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    return node;
}

static guint queued(const Node *node)
{
    return node_events(node, DISTRO_EVENT_SYNC_QUEUED) +
           node_events(node, DISTRO_EVENT_SYNC_MERGED);
}

static void every_operation_moves_the_revision_by_one(void)
{
    g_autoptr(Node) node = with_shop();

    check_int(node_view(node, SHOP).revision, ==, 0);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
    check_int(node_view(node, SHOP).revision, ==, 1);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
    check_int(node_view(node, SHOP).revision, ==, 2);
    check_uint(queued(node), ==, 2); /* an identical registration is a change too */
    node_operate(node, DISTRO_OPERATION_DEREGISTER, SHOP, "shop");
    check_int(node_view(node, SHOP).revision, ==, 3);
    check_uint(queued(node), ==, 3);
    node_operate(node, DISTRO_OPERATION_SUBSCRIBE, SHOP, "cart");
    check_int(node_view(node, SHOP).revision, ==, 3);
}

static void deregistering_what_is_not_published_moves_the_revision_alone(void)
{
    g_autoptr(Node) node = with_shop();
    node_receive_change(node, "2_x_2", 1, "cart"); /* so that the service exists */
    node_forget(node);

    node_operate(node, DISTRO_OPERATION_DEREGISTER, SHOP, "cart");
    check_int(node_view(node, SHOP).revision, ==, 1);
    check_uint(queued(node), ==, 0);
    node_operate(node, DISTRO_OPERATION_DEREGISTER, SHOP, "unheard-of");
    check_int(node_view(node, SHOP).revision, ==, 1);
    node_operate(node, DISTRO_OPERATION_SUBSCRIBE, SHOP, "unheard-of"); /* makes it exist */
    node_operate(node, DISTRO_OPERATION_DEREGISTER, SHOP, "unheard-of");
    check_int(node_view(node, SHOP).revision, ==, 2);
}

static void a_closed_connection_is_deleted_at_all_peers_after_the_delay(void)
{
    g_autoptr(Node) node = with_shop();

    node_operate(node, DISTRO_OPERATION_DISCONNECT, SHOP, NULL);
    check_true(!node_view(node, SHOP).present);
    node_pass(node, MS(1099));
    check_uint(node_sent(node, DISTRO_OP_DELETE, "b"), ==, 0);
    node_pass(node, MS(1100));
    check_uint(node_sent(node, DISTRO_OP_DELETE, "b"), ==, 1);
}

static void an_operation_without_a_connection_is_refused(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop"); /* a replica is no connection */

    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "cart");
    check_int(node_last(node, DISTRO_EFFECT_REPLY)->effect.reply.status, ==,
              DISTRO_STATUS_UNREGISTERED);
    check_uint(node_view(node, SHOP).content.count, ==, 1);
}

/* --- heartbeat clients -------------------------------------------------------------------- */

static void a_beating_clients_revision_is_the_hash_of_what_it_publishes(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *mine = node_client_of(node, "a");

    node_write(node, DISTRO_WRITE_REGISTER, mine, "shop");
    const int32_t one = node_view(node, mine).revision;
    node_write(node, DISTRO_WRITE_REGISTER, mine, "cart");
    const DistroContent content = node_view(node, mine).content;
    check_int(node_view(node, mine).revision, ==,
              distro_content_revision(node->dictionary, node_client(node, mine), &content));
    node_write(node, DISTRO_WRITE_DEREGISTER, mine, "cart");
    check_int(node_view(node, mine).revision, ==, one);
}

static void a_full_beat_of_an_unknown_instance_registers_and_a_light_one_does_not(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *mine = node_client_of(node, "a");

    check_int(node_write(node, DISTRO_WRITE_LIGHT_BEAT, mine, "shop"), ==,
              DISTRO_STATUS_BEAT_UNKNOWN);
    check_true(!node_view(node, mine).present);
    check_int(node_write(node, DISTRO_WRITE_BEAT, mine, "shop"), ==, DISTRO_STATUS_OK);
    check_uint(node_view(node, mine).content.count, ==, 1);
    check_int(node_write(node, DISTRO_WRITE_LIGHT_BEAT, mine, "shop"), ==, DISTRO_STATUS_OK);
    check_int(node_write(node, DISTRO_WRITE_LIGHT_BEAT, mine, "cart"), ==,
              DISTRO_STATUS_BEAT_UNKNOWN);
}

static void deregistering_of_an_unknown_client_is_well(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *mine = node_client_of(node, "a");

    check_int(node_write(node, DISTRO_WRITE_DEREGISTER, mine, "shop"), ==, DISTRO_STATUS_OK);
    check_true(!node_view(node, mine).present);
}

/* --- DistroFilter ------------------------------------------------------------------------- */

static void forward_and_answer(DistroWriteKind kind, DistroStatus status)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *other = node_client_of(node, "b");

    check_int(node_write(node, kind, other, "shop"), ==, 0);
    Seen *call = node_last_sent(node, DISTRO_OP_FORWARD, "b");
    check_int(call->effect.send.timeout_us, ==, S(2));
    check_int(call->effect.send.by_connection, ==, false);
    node_answer(node, call, status);
    check_int(node_last(node, DISTRO_EFFECT_REPLY)->effect.reply.status, ==, status);
    check_uint(node_last(node, DISTRO_EFFECT_REPLY)->effect.reply.call, ==, 1);
    check_true(!node_view(node, other).present);
}

static void a_write_for_another_owner_is_forwarded_and_its_answer_relayed(void)
{
    forward_and_answer(DISTRO_WRITE_REGISTER, DISTRO_STATUS_OK);
    forward_and_answer(DISTRO_WRITE_LIGHT_BEAT, DISTRO_STATUS_BEAT_UNKNOWN);
    forward_and_answer(DISTRO_WRITE_BEAT, DISTRO_STATUS_HTTP_BAD_REQUEST);
    forward_and_answer(DISTRO_WRITE_DEREGISTER, DISTRO_STATUS_HTTP_UNAVAILABLE);
}

static void a_forward_that_brings_no_answer_is_a_500(void)
{
    g_autoptr(Node) node = node_among("a,b");

    node_write(node, DISTRO_WRITE_REGISTER, node_client_of(node, "b"), "shop");
    node_pass(node, MS(50) + S(2));
    check_int(node_last(node, DISTRO_EFFECT_REPLY)->effect.reply.status, ==,
              DISTRO_STATUS_HTTP_ERROR);
    check_uint(distro_node_counters(node->core).forward_failed, ==, 1);
}

static DistroMessage forwarded(Node *node, DistroWriteKind kind, const char *client)
{
    const bool carries = kind == DISTRO_WRITE_REGISTER || kind == DISTRO_WRITE_BEAT;
    return (DistroMessage) {
        .op = DISTRO_OP_FORWARD,
        .write = { .kind = kind,
                   .client = node_client(node, client),
                   .service = node_service(node, "shop"),
                   .publication =
                       carries ? node_publication(node, client, "shop", true, "DEFAULT", 0) : 0 },
    };
}

static void a_forwarded_write_is_carried_out_by_its_owner(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *mine = node_client_of(node, "a");

    const DistroMessage write = forwarded(node, DISTRO_WRITE_BEAT, mine);
    check_int(node_receive(node, &write), ==, DISTRO_STATUS_OK);
    check_true(node_view(node, mine).present);
    check_int(node_last(node, DISTRO_EFFECT_ANSWER)->message.write.kind, ==, DISTRO_WRITE_BEAT);
}

static void a_forwarded_write_makes_no_second_hop(void)
{
    g_autoptr(Node) node = node_among("a,b");

    const DistroMessage write = forwarded(node, DISTRO_WRITE_REGISTER, node_client_of(node, "b"));
    check_int(node_receive(node, &write), ==, DISTRO_STATUS_HTTP_BAD_REQUEST);
    check_uint(node_sent(node, DISTRO_OP_FORWARD, NULL), ==, 0);
}

static void a_forwarded_write_for_a_connection_is_refused(void)
{
    DistroConfig config = distro_config_default();
    config.distro_enabled = false; /* whatever the tag says, it is for this node */
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_change(node, SHOP, 1, "shop");

    const DistroMessage write = forwarded(node, DISTRO_WRITE_REGISTER, SHOP);
    check_int(node_receive(node, &write), ==, DISTRO_STATUS_HTTP_BAD_REQUEST);
    const DistroMessage beat = forwarded(node, DISTRO_WRITE_LIGHT_BEAT, "9_x_9");
    check_int(node_receive(node, &beat), ==, DISTRO_STATUS_HTTP_BAD_REQUEST);
}

static void with_nobody_healthy_a_write_is_answered_400(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *mine = node_client_of(node, "a");
    distro_mapper_set(node->core, NULL, 0);

    check_int(node_write(node, DISTRO_WRITE_REGISTER, mine, "shop"), ==,
              DISTRO_STATUS_HTTP_BAD_REQUEST);
    check_true(!node_view(node, mine).present);
}

int main(void)
{
    static const Test tests[] = {
        { "every operation moves the revision by one", every_operation_moves_the_revision_by_one },
        { "deregistering what is not published moves the revision alone",
          deregistering_what_is_not_published_moves_the_revision_alone },
        { "a closed connection is deleted at all peers after the delay",
          a_closed_connection_is_deleted_at_all_peers_after_the_delay },
        { "an operation without a connection is refused",
          an_operation_without_a_connection_is_refused },
        { "a beating client's revision is the hash of what it publishes",
          a_beating_clients_revision_is_the_hash_of_what_it_publishes },
        { "a full beat of an unknown instance registers, and a light one does not",
          a_full_beat_of_an_unknown_instance_registers_and_a_light_one_does_not },
        { "deregistering of an unknown client is well",
          deregistering_of_an_unknown_client_is_well },
        { "a write for another owner is forwarded and its answer relayed",
          a_write_for_another_owner_is_forwarded_and_its_answer_relayed },
        { "a forward that brings no answer is a 500", a_forward_that_brings_no_answer_is_a_500 },
        { "a forwarded write is carried out by its owner",
          a_forwarded_write_is_carried_out_by_its_owner },
        { "a forwarded write makes no second hop", a_forwarded_write_makes_no_second_hop },
        { "a forwarded write for a connection is refused",
          a_forwarded_write_for_a_connection_is_refused },
        { "with nobody healthy a write is answered 400",
          with_nobody_healthy_a_write_is_answered_400 },
        { 0 },
    };
    return run_tests("writes", tests);
}
