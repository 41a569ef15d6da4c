/* tests/unit/test_v1_health.c -- beats and their absence, and how peers learn of health. */
#include "core/v1/lists.h"
#include "core/v1/replication.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define ONE "10.0.1.1:80#true"

static bool is_healthy(Node *node, const char *service)
{
    const DistroDatum *datum = distro_datum_find(node->core, node_service(node, service));
    return distro_instance_healthy(node->core,
                                   &g_array_index(datum->instances, DistroV1Instance, 0));
}

/* A datum of @service whose instance last beat @age before now. */
static void receive_datum(Node *node, const char *service, int64_t age_us)
{
    const int64_t wall_us = node->core->wall_us + node->now_us - node->core->now_us;
    check_int(node_receive_datum(node, ONE, service, (wall_us - age_us) / 1000), ==,
              DISTRO_STATUS_OK);
}

static void a_beat_that_stays_away_makes_unhealthy_then_expires(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");
    const int64_t start_us = node->now_us;

    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    node_pass(node, start_us + S(15)); /* not older than 15 s: exactly so old */
    check_true(is_healthy(node, shop));
    node_pass(node, start_us + S(20));
    check_true(!is_healthy(node, shop));
    node_pass(node, start_us + S(30));
    check_true(node_view(node, ONE).present);
    node_forget(node);
    node_pass(node, start_us + S(35));
    check_true(!node_view(node, ONE).present);
    check_uint(node_events(node, DISTRO_EVENT_BEAT_EXPIRED), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 1); /* the shorter list is pushed */
}

static void a_beat_at_the_owner_heals_without_a_push(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    node_pass(node, node->now_us + S(21));
    check_true(!is_healthy(node, shop));
    node_forget(node);
    check_int(node_write(node, DISTRO_WRITE_LIGHT_BEAT, ONE, shop), ==, DISTRO_STATUS_OK);
    check_true(is_healthy(node, shop));
    check_uint(node_events(node, DISTRO_EVENT_BEAT_RECOVERED), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 0);
}

static void a_light_beat_of_the_unknown_is_told_so(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");
    check_int(node_write(node, DISTRO_WRITE_LIGHT_BEAT, ONE, shop), ==, DISTRO_STATUS_BEAT_UNKNOWN);
    check_int(node_write(node, DISTRO_WRITE_BEAT, ONE, shop), ==, DISTRO_STATUS_OK);
    check_true(node_view(node, ONE).present);
}

static void only_the_owner_checks(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    receive_datum(node, node_service_of(node, "b"), S(100));
    node_pass(node, node->now_us + S(60));
    check_true(node_view(node, ONE).present);
    check_uint(node_events(node, DISTRO_EVENT_BEAT_LATE), ==, 0);
}

/* nacos#1873. */
static void a_new_owner_judges_by_the_beats_that_came_with_the_datum(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    receive_datum(node, node_service_of(node, "b"), S(25));
    g_ptr_array_add(node->refusing, "b");
    node_pass(node, node->now_us + S(15));
    check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_DOWN);
    check_uint(node_events(node, DISTRO_EVENT_BEAT_EXPIRED), ==, 1);
    check_true(!node_view(node, ONE).present);
}

static void a_write_for_another_is_forwarded_by_the_services_name(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    check_int(node_write(node, DISTRO_WRITE_REGISTER, ONE, node_service_of(node, "b")), ==, 0);
    check_uint(node_sent(node, DISTRO_OP_FORWARD, "b"), ==, 1);
    check_int(node_write(node, DISTRO_WRITE_REGISTER, ONE, node_service_of(node, "a")), ==,
              DISTRO_STATUS_OK);
    const DistroMessage forwarded = {
        .op = DISTRO_OP_FORWARD,
        .write = { .kind = DISTRO_WRITE_LIGHT_BEAT,
                   .client = node_client(node, ONE),
                   .service = node_service(node, node_service_of(node, "b")) },
    };
    check_int(node_receive(node, &forwarded), ==, DISTRO_STATUS_HTTP_BAD_REQUEST);
}

/* --- statuses ----------------------------------------------------------------------------- */

static void health_is_reported_after_a_minute_and_then_every_five_seconds(void)
{
    g_autoptr(Node) node = node_v1_among("a,b,c");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, node_service_of(node, "a"));
    node->obliging |= OP(DATUM) | OP(CHECKSUM) | OP(STATUS);
    node_pass(node, S(60) - 1);
    check_uint(node_sent(node, DISTRO_OP_STATUS, NULL), ==, 0);
    node_pass(node, S(65));
    check_uint(node_sent(node, DISTRO_OP_STATUS, "b"), ==, 2);
    check_uint(node_sent(node, DISTRO_OP_STATUS, "c"), ==, 2);
}

static DistroStatus receive_status(Node *node, const char *source, const char *service,
                                   uint8_t first)
{
    DistroMessage message = { .op = DISTRO_OP_STATUS,
                              .target = node_name(node, source),
                              .namespace_id = node_name(node, "public") };
    GByteArray *list = g_byte_array_new();
    const DistroWireChecksum checksum = { .service = node_service(node, service),
                                          .md5 = { first } };
    distro_list_add_checksum(list, &checksum);
    distro_message_take_list(&message, list, 1);
    const DistroStatus status = node_receive(node, &message);
    distro_message_clear(&message);
    return status;
}

static void answer_statuses(Node *node, DistroClient client, bool healthy)
{
    DistroMessage answer = { .op = DISTRO_OP_STATUSES, .answer = true, .status = DISTRO_STATUS_OK };
    GByteArray *list = g_byte_array_new();
    distro_list_add_health(list, client, healthy);
    distro_message_take_list(&answer, list, 1);
    DistroFrame frame = distro_wire_encode(node->dictionary, &answer);
    node_answer_with(node, node_last_sent(node, DISTRO_OP_STATUSES, NULL), &frame);
    distro_frame_clear(&frame);
    distro_message_clear(&answer);
}

static void a_status_that_differs_is_asked_about_and_taken_over(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "b");
    receive_datum(node, shop, 0);
    check_int(receive_status(node, "b", shop, 9), ==, DISTRO_STATUS_OK);
    check_uint(node_sent(node, DISTRO_OP_STATUSES, "b"), ==, 1);
    answer_statuses(node, node_client(node, ONE), false);
    check_true(!is_healthy(node, shop));
    check_uint(node_events(node, DISTRO_EVENT_STATUS_APPLIED), ==, 1);

    receive_datum(node, shop, 0); /* a datum brings no health */
    check_true(!is_healthy(node, shop));
}

static void who_is_not_in_the_statuses_is_unhealthy(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "b");
    receive_datum(node, shop, 0);
    receive_status(node, "b", shop, 9);
    answer_statuses(node, node_client(node, "10.0.1.2:80#true"), true);
    check_true(!is_healthy(node, shop));
}

static void a_status_of_a_stranger_is_refused(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "b");
    receive_datum(node, shop, 0);
    check_int(receive_status(node, "z", shop, 9), ==, DISTRO_STATUS_HTTP_BAD_REQUEST);
    check_uint(node_sent(node, DISTRO_OP_STATUSES, NULL), ==, 0);
}

static void statuses_of_an_unknown_service_are_not_found(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const DistroMessage unknown = { .op = DISTRO_OP_STATUSES, .service = node_service(node, "x") };
    check_int(node_receive(node, &unknown), ==, DISTRO_STATUS_HTTP_NOT_FOUND);
    node_write(node, DISTRO_WRITE_REGISTER, ONE, node_service_of(node, "a"));
    const DistroMessage known = { .op = DISTRO_OP_STATUSES,
                                  .service = node_service(node, node_service_of(node, "a")) };
    check_int(node_receive(node, &known), ==, DISTRO_STATUS_OK);
    check_uint(node_last(node, DISTRO_EFFECT_ANSWER)->message.list_count, ==, 1);
}

int main(void)
{
    static const Test TESTS[] = {
        { "a beat that stays away makes unhealthy, then expires",
          a_beat_that_stays_away_makes_unhealthy_then_expires },
        { "a beat at the owner heals without a push", a_beat_at_the_owner_heals_without_a_push },
        { "a light beat of the unknown is told so", a_light_beat_of_the_unknown_is_told_so },
        { "only the owner checks", only_the_owner_checks },
        { "a new owner judges by the beats that came with the datum",
          a_new_owner_judges_by_the_beats_that_came_with_the_datum },
        { "a write for another is forwarded by the service's name",
          a_write_for_another_is_forwarded_by_the_services_name },
        { "health is reported after a minute, and then every five seconds",
          health_is_reported_after_a_minute_and_then_every_five_seconds },
        { "a status that differs is asked about and taken over",
          a_status_that_differs_is_asked_about_and_taken_over },
        { "who is not in the statuses is unhealthy", who_is_not_in_the_statuses_is_unhealthy },
        { "a status of a stranger is refused", a_status_of_a_stranger_is_refused },
        { "statuses of an unknown service are not found",
          statuses_of_an_unknown_service_are_not_found },
        { NULL, NULL },
    };
    return run_tests("v1_health", TESTS);
}
