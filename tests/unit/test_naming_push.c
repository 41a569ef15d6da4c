/* tests/unit/test_naming_push.c -- who is told what of a service, and when. */
#include "core/naming/push.h"

#include "tests/support/check.h"

#define MS(n) ((int64_t)(n)*1000)

enum {
    SHOP = 1,
    CART = 2
};

/* Lists are numbered in the order in which they are made; how many are held is counted. */
typedef struct Fixture {
    DistroConfig config;
    DistroPush *push;
    unsigned made, held;
} Fixture;

static void *make_list(void *data, DistroService service)
{
    Fixture *fixture = data;
    fixture->held++;
    return GUINT_TO_POINTER(++fixture->made * 10 + service);
}

static void drop_list(void *data, void *list)
{
    Fixture *fixture = data;
    check_true(list != NULL);
    fixture->held--;
}

static void set_up(Fixture *fixture, bool caching)
{
    *fixture = (Fixture) { .config = distro_config_default() };
    const DistroPushLists lists = { make_list, drop_list, fixture };
    fixture->push = distro_push_new(&fixture->config, &lists, caching, 0);
}

static void tear_down(Fixture *fixture)
{
    distro_push_free(fixture->push);
    check_uint(fixture->held, ==, 0);
}

/* Wakes at the time that was asked for; the targets as "service:subscriber" and, for lists,
 * "=n". */
static const char *wake(Fixture *fixture, int64_t now_us)
{
    static char text[200];
    size_t count;
    const DistroPushTarget *targets = distro_push_wake(fixture->push, now_us, &count);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%u:%u=%u", i > 0 ? " " : "",
                 targets[i].service, targets[i].subscriber, GPOINTER_TO_UINT(targets[i].list));
    }
    return text;
}

static void a_first_subscription_is_pushed_to_after_half_a_second(void)
{
    Fixture fixture;
    set_up(&fixture, false);
    check_true(distro_push_subscribe(fixture.push, 7, false, SHOP, MS(130)));
    check_true(!distro_push_subscribe(fixture.push, 7, false, SHOP, MS(200)));
    check_int(distro_push_wake_at(fixture.push), ==, MS(700)); /* the tick after 630 */
    check_str(wake(&fixture, MS(699)), ==, "");
    check_str(wake(&fixture, MS(700)), ==, "1:7=11");
    check_int(distro_push_wake_at(fixture.push), ==, INT64_MAX);
    tear_down(&fixture);
}

static void a_change_is_told_to_all_who_subscribe_and_to_no_other(void)
{
    Fixture fixture;
    set_up(&fixture, false);
    distro_push_subscribe(fixture.push, 9, false, SHOP, 0);
    distro_push_subscribe(fixture.push, 7, false, SHOP, 0);
    distro_push_subscribe(fixture.push, 8, false, CART, 0);
    wake(&fixture, MS(500));
    distro_push_changed(fixture.push, SHOP, MS(1000));
    distro_push_changed(fixture.push, 3, MS(1000));
    check_str(wake(&fixture, MS(1500)), ==, "1:7=31 1:9=31");
    tear_down(&fixture);
}

static void changes_that_meet_in_the_delay_leave_as_one_push_at_the_first_ones_time(void)
{
    Fixture fixture;
    set_up(&fixture, false);
    distro_push_subscribe(fixture.push, 7, false, SHOP, 0);
    wake(&fixture, MS(500));
    distro_push_changed(fixture.push, SHOP, MS(1000));
    distro_push_changed(fixture.push, SHOP, MS(1400));
    check_int(distro_push_wake_at(fixture.push), ==, MS(1500));
    check_str(wake(&fixture, MS(1500)), ==, "1:7=21");
    check_str(wake(&fixture, MS(2500)), ==, "");
    tear_down(&fixture);
}

static void silence_is_asked_again_in_a_second_and_only_the_silent_one(void)
{
    Fixture fixture;
    set_up(&fixture, false);
    distro_push_subscribe(fixture.push, 7, false, SHOP, 0);
    distro_push_subscribe(fixture.push, 8, false, SHOP, 0);
    check_str(wake(&fixture, MS(500)), ==, "1:7=11 1:8=11");
    distro_push_unanswered(fixture.push, 8, SHOP, MS(5500));
    check_str(wake(&fixture, MS(6500)), ==, "1:8=11");
    distro_push_unanswered(fixture.push, 8, SHOP, MS(11500));
    distro_push_unsubscribe_all(fixture.push, 8);
    distro_push_unanswered(fixture.push, 8, SHOP, MS(11600));
    check_str(wake(&fixture, MS(13000)), ==, "");
    tear_down(&fixture);
}

static void a_subscriber_over_udp_lapses_when_it_asks_no_more(void)
{
    Fixture fixture;
    set_up(&fixture, false);
    const int64_t lease_us = MAX(fixture.config.push_cache_us, fixture.config.datagram_lease_us);
    distro_push_subscribe(fixture.push, 7, true, SHOP, 0);
    distro_push_subscribe(fixture.push, 8, false, SHOP, 0);
    wake(&fixture, MS(500));
    distro_push_changed(fixture.push, SHOP, lease_us - MS(500));
    check_str(wake(&fixture, lease_us), ==, "1:7=21 1:8=21");
    distro_push_changed(fixture.push, SHOP, lease_us + MS(1));
    check_str(wake(&fixture, lease_us + MS(600)), ==, "1:8=31");
    check_uint(distro_push_counts(fixture.push).subscriptions, ==, 1);
    check_true(distro_push_subscribe(fixture.push, 7, true, SHOP, lease_us + MS(700)));
    tear_down(&fixture);
}

static void without_a_cache_a_query_sees_what_is_there_now(void)
{
    Fixture fixture;
    set_up(&fixture, false);
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 11);
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 21);
    check_uint(distro_push_counts(fixture.push).services, ==, 0);
    distro_push_subscribe(fixture.push, 7, false, SHOP, 0);
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 31);
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 31);
    distro_push_changed(fixture.push, SHOP, MS(1));
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 41);
    tear_down(&fixture);
}

static void with_a_cache_a_query_sees_what_was_pushed_last(void)
{
    Fixture fixture;
    set_up(&fixture, true);
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 11);
    distro_push_changed(fixture.push, SHOP, MS(100));
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 11);
    check_int(distro_push_wake_at(fixture.push), ==, MS(600));
    check_str(wake(&fixture, MS(600)), ==, ""); /* it is renewed without a subscriber, too */
    check_uint(GPOINTER_TO_UINT(distro_push_list(fixture.push, SHOP)), ==, 21);
    check_uint(fixture.held, ==, 1);
    tear_down(&fixture);
}

static void what_is_needed_no_more_is_forgotten(void)
{
    Fixture fixture;
    set_up(&fixture, true);
    for (DistroService service = 1; service <= 100; service++) {
        distro_push_subscribe(fixture.push, 7, false, service, 0);
        distro_push_changed(fixture.push, service, 0);
    }
    wake(&fixture, MS(500));
    check_uint(distro_push_counts(fixture.push).services, ==, 100);
    check_uint(distro_push_counts(fixture.push).subscribed_services, ==, 100);
    distro_push_unsubscribe_all(fixture.push, 7);
    for (DistroService service = 1; service <= 100; service++) {
        distro_push_forget(fixture.push, service);
    }
    check_uint(distro_push_counts(fixture.push).services, ==, 0);
    check_uint(distro_push_counts(fixture.push).subscriptions, ==, 0);
    check_uint(fixture.held, ==, 0);
    tear_down(&fixture);
}

static void looking_at_a_kept_list_makes_none_and_says_since_when_it_is_old(void)
{
    Fixture fixture;
    DistroService stale = 0;
    set_up(&fixture, true);
    check_true(distro_push_kept(fixture.push, SHOP) == NULL);
    distro_push_changed(fixture.push, SHOP, MS(10));
    check_true(distro_push_kept(fixture.push, SHOP) == NULL);
    check_int(distro_push_stale_since(fixture.push, SHOP), ==, INT64_MAX);
    wake(&fixture, MS(600));
    check_uint(GPOINTER_TO_UINT(distro_push_kept(fixture.push, SHOP)), ==, 11);
    distro_push_changed(fixture.push, SHOP, MS(700));
    distro_push_changed(fixture.push, SHOP, MS(800));
    check_int(distro_push_stale_since(fixture.push, SHOP), ==, MS(700));
    check_int(distro_push_stalest(fixture.push, &stale), ==, MS(700));
    check_uint(stale, ==, SHOP);
    check_uint(GPOINTER_TO_UINT(distro_push_kept(fixture.push, SHOP)), ==, 11);
    wake(&fixture, MS(1200));
    check_uint(GPOINTER_TO_UINT(distro_push_kept(fixture.push, SHOP)), ==, 21);
    check_int(distro_push_stalest(fixture.push, &stale), ==, INT64_MAX);
    tear_down(&fixture);
}

static void one_of_several_subscriptions_can_be_taken_back(void)
{
    Fixture fixture;
    set_up(&fixture, false);
    distro_push_subscribe(fixture.push, 7, false, SHOP, 0);
    distro_push_subscribe(fixture.push, 7, false, CART, 0);
    check_true(distro_push_is_subscribed(fixture.push, 7, SHOP));
    check_true(distro_push_unsubscribe(fixture.push, 7, SHOP));
    check_true(!distro_push_is_subscribed(fixture.push, 7, SHOP));
    check_true(!distro_push_unsubscribe(fixture.push, 7, SHOP));
    check_str(wake(&fixture, MS(500)), ==, "2:7=12");
    g_autoptr(GArray) subscribers = distro_push_subscribers(fixture.push, CART);
    check_uint(subscribers->len, ==, 1);
    tear_down(&fixture);
}

int main(void)
{
    static const Test tests[] = {
        { "a first subscription is pushed to after half a second",
          a_first_subscription_is_pushed_to_after_half_a_second },
        { "a change is told to all who subscribe and to no other",
          a_change_is_told_to_all_who_subscribe_and_to_no_other },
        { "changes that meet in the delay leave as one push at the first one's time",
          changes_that_meet_in_the_delay_leave_as_one_push_at_the_first_ones_time },
        { "silence is asked again in a second, and only the silent one",
          silence_is_asked_again_in_a_second_and_only_the_silent_one },
        { "a subscriber over UDP lapses when it asks no more",
          a_subscriber_over_udp_lapses_when_it_asks_no_more },
        { "without a cache a query sees what is there now",
          without_a_cache_a_query_sees_what_is_there_now },
        { "with a cache a query sees what was pushed last",
          with_a_cache_a_query_sees_what_was_pushed_last },
        { "what is needed no more is forgotten", what_is_needed_no_more_is_forgotten },
        { "looking at a kept list makes none and says since when it is old",
          looking_at_a_kept_list_makes_none_and_says_since_when_it_is_old },
        { "one of several subscriptions can be taken back",
          one_of_several_subscriptions_can_be_taken_back },
        { NULL, NULL },
    };
    return run_tests("naming_push", tests);
}
