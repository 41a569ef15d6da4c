/* tests/unit/test_v1_verify.c -- digests, what they remove, and what is pulled because of them. */
#include "core/profile.h"
#include "core/v1/lists.h"
#include "core/v1/replication.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define ONE "10.0.1.1:80#true"
#define TWO "10.0.1.2:80#true"

/* A digest of @source with @service under a checksum that no datum has. Its call is left open if
 * something is pulled. */
static void receive_digest(Node *node, const char *source, const char *service)
{
    DistroMessage message = { .op = DISTRO_OP_CHECKSUM, .target = node_name(node, source) };
    GByteArray *list = g_byte_array_new();
    const DistroWireChecksum checksum = { .service = node_service(node, service), .md5 = { 1 } };
    distro_list_add_checksum(list, &checksum);
    distro_message_take_list(&message, list, 1);
    DistroFrame frame = distro_wire_encode(node->dictionary, &message);
    DistroInput input = { .kind = DISTRO_INPUT_REQUEST };
    input.request.from = message.target;
    input.request.call = 77;
    input.request.frame = &frame;
    node_step(node, &input);
    distro_frame_clear(&frame);
    distro_message_clear(&message);
}

static void an_owner_sends_the_checksums_of_what_it_owns(void)
{
    g_autoptr(Node) node = node_v1_among("a,b,c");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, node_service_of(node, "a"));
    check_int(node_receive_datum(node, ONE, node_service_of(node, "b"), 1), ==, DISTRO_STATUS_OK);
    node_pass(node, S(5));

    check_uint(node_sent(node, DISTRO_OP_CHECKSUM, "b"), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CHECKSUM, "c"), ==, 1);
    const DistroMessage *digest = &node_last_sent(node, DISTRO_OP_CHECKSUM, "b")->message;
    check_uint(digest->list_count, ==, 1);
    check_uint(digest->target, ==, node->self);
    node_answer_all(node, DISTRO_OP_CHECKSUM, DISTRO_STATUS_OK);
    check_uint(node_events(node, DISTRO_EVENT_VERIFY_OK), ==, 2);
}

static void who_owns_nothing_sends_nothing(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    check_int(node_receive_datum(node, ONE, node_service_of(node, "b"), 1), ==, DISTRO_STATUS_OK);
    node_pass(node, S(20));
    check_uint(node_sent(node, DISTRO_OP_CHECKSUM, NULL), ==, 0);
}

static void a_service_without_instances_is_in_the_digest_still(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    node_write(node, DISTRO_WRITE_DEREGISTER, ONE, shop);
    node_pass(node, S(5));
    check_uint(node_last_sent(node, DISTRO_OP_CHECKSUM, "b")->message.list_count, ==, 1);
}

static void what_differs_is_pulled_and_the_answer_waits_for_it(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "b");
    receive_digest(node, "b", shop);

    check_uint(node_sent(node, DISTRO_OP_PULL, "b"), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_VERIFY_REPAIR), ==, 1);
    check_uint(node_effects(node, DISTRO_EFFECT_ANSWER), ==, 0);
    DistroMessage answer = { .op = DISTRO_OP_PULL, .answer = true, .status = DISTRO_STATUS_OK };
    GByteArray *list = g_byte_array_new();
    distro_list_add_datum(list, node_service(node, shop), 1);
    distro_list_add_instance(list, node_publication(node, TWO, shop, true, "DEFAULT", 0), 7);
    distro_message_take_list(&answer, list, 1);
    DistroFrame frame = distro_wire_encode(node->dictionary, &answer);
    node_answer_with(node, node_last_sent(node, DISTRO_OP_PULL, "b"), &frame);
    check_true(node_view(node, TWO).present);
    check_int(node_view(node, TWO).renewed_wall_us, ==, MS(7));
    check_uint(node_effects(node, DISTRO_EFFECT_ANSWER), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 0); /* nothing is passed on */
    distro_frame_clear(&frame);
    distro_message_clear(&answer);
}

static void one_digest_of_a_source_at_a_time(void)
{
    g_autoptr(Node) node = node_v1_among("a,b,c");
    const char *shop = node_service_of(node, "b");
    receive_digest(node, "b", shop);
    receive_digest(node, "b", shop);
    check_uint(node_sent(node, DISTRO_OP_PULL, "b"), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_VERIFY_SKIPPED), ==, 1);
    check_uint(node_effects(node, DISTRO_EFFECT_ANSWER), ==, 1); /* "ok", though it was dropped */
    receive_digest(node, "c", node_service_of(node, "c"));
    check_uint(node_sent(node, DISTRO_OP_PULL, "c"), ==, 1);

    node_fail(node, node_last_sent(node, DISTRO_OP_PULL, "b"), DISTRO_OUTCOME_TIMED_OUT);
    receive_digest(node, "b", shop);
    check_uint(node_sent(node, DISTRO_OP_PULL, "b"), ==, 2);
}

static void a_digest_that_claims_what_is_ours_does_nothing(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *theirs = node_service_of(node, "b");
    check_int(node_receive_datum(node, ONE, theirs, 1), ==, DISTRO_STATUS_OK);
    receive_digest(node, "b", node_service_of(node, "a"));

    check_uint(node_events(node, DISTRO_EVENT_VERIFY_ABORTED), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_PULL, NULL), ==, 0);
    check_true(node_view(node, ONE).present); /* not in the digest, and there all the same */
    check_int(node_last(node, DISTRO_EFFECT_ANSWER)->message.status, ==, DISTRO_STATUS_OK);
}

static const char *another_of(Node *node, const char *owner, const char *than)
{
    for (int i = 1;; i++) {
        g_autofree char *name = g_strdup_printf("shop-%d", i);
        const DistroServiceInfo *info =
            distro_dictionary_service_info(node->dictionary, node_service(node, name));
        if (strcmp(name, than) != 0 &&
            distro_node_owner(node->core, info->tag_hash) == node_name(node, owner)) {
            return distro_dictionary_text(node->dictionary, info->name);
        }
    }
}

static void what_the_digest_lacks_goes(void)
{
    g_autoptr(Node) node = node_v1_among("a,b,c");
    const char *gone = node_service_of(node, "b"), *thirds = node_service_of(node, "c");
    check_int(node_receive_datum(node, ONE, gone, 1), ==, DISTRO_STATUS_OK);
    check_int(node_receive_datum(node, ONE, thirds, 1), ==, DISTRO_STATUS_OK);
    receive_digest(node, "b", another_of(node, "b", gone));

    check_uint(node_events(node, DISTRO_EVENT_SYNC_DELETED), ==, 1);
    check_uint(node_view(node, ONE).content.count, ==, 1); /* c's is not b's to take away */
    check_true(!distro_datum_find(node->core, node_service(node, gone))->stored);
}

/* incidents NDB-16. */
static void up_to_1_4_1_what_goes_from_the_store_stays_listed(void)
{
    DistroConfig config = distro_profile_config(distro_profile_find("nacos-1.4"));
    config.removal_reaches_services = false;
    g_autoptr(Node) node = node_with(&config, "a,b");
    const char *gone = node_service_of(node, "b");
    check_int(node_receive_datum(node, ONE, gone, 1), ==, DISTRO_STATUS_OK);
    receive_digest(node, "b", another_of(node, "b", gone));

    check_uint(node_events(node, DISTRO_EVENT_SYNC_DELETED), ==, 1);
    check_true(distro_node_listed(node->core, node_client(node, ONE), node_service(node, gone)) !=
               DISTRO_NONE);
    check_uint(node_view(node, ONE).content.count, ==, 0);
    node_receive(node, &(DistroMessage) { .op = DISTRO_OP_SNAPSHOT, .http = true });
    check_uint(node_last(node, DISTRO_EFFECT_ANSWER)->message.list_count, ==, 0);
}

static void a_pull_is_answered_with_what_is_stored(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "b");
    check_int(node_receive_datum(node, ONE, shop, 1735689600123), ==, DISTRO_STATUS_OK);
    DistroMessage pull = { .op = DISTRO_OP_PULL };
    GByteArray *list = g_byte_array_new();
    const DistroService known = node_service(node, shop), unknown = node_service(node, "unknown");
    distro_list_add_service(list, MIN(known, unknown));
    distro_list_add_service(list, MAX(known, unknown));
    distro_message_take_list(&pull, list, 2);
    node_receive(node, &pull);
    const DistroMessage *answer = &node_last(node, DISTRO_EFFECT_ANSWER)->message;
    check_uint(answer->list_count, ==, 1);
    size_t offset = 0;
    DistroWireDatum datum = { 0 };
    distro_list_next_datum(answer->list, &offset, &datum);
    check_int(distro_wire_beat_ms(&datum.instances[0]), ==, 1735689600123);
    distro_message_clear(&pull);
}

int main(void)
{
    static const Test TESTS[] = {
        { "an owner sends the checksums of what it owns",
          an_owner_sends_the_checksums_of_what_it_owns },
        { "who owns nothing sends nothing", who_owns_nothing_sends_nothing },
        { "a service without instances is in the digest still",
          a_service_without_instances_is_in_the_digest_still },
        { "what differs is pulled, and the answer waits for it",
          what_differs_is_pulled_and_the_answer_waits_for_it },
        { "one digest of a source at a time", one_digest_of_a_source_at_a_time },
        { "a digest that claims what is ours does nothing",
          a_digest_that_claims_what_is_ours_does_nothing },
        { "what the digest lacks goes", what_the_digest_lacks_goes },
        { "up to 1.4.1 what goes from the store stays listed",
          up_to_1_4_1_what_goes_from_the_store_stays_listed },
        { "a PULL is answered with what is stored", a_pull_is_answered_with_what_is_stored },
        { NULL, NULL },
    };
    return run_tests("v1_verify", TESTS);
}
