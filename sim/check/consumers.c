/* sim/check/consumers.c -- what those who ask must always have: no_empty_consumer.
 *
 * The subject of a stretch is a consumer, by the number that sim/metrics/consumers.h gives it. A
 * list that a consumer keeps through a cut is as good as a fresh one, and whether anybody in it can
 * be reached from its site is part of what is asked: so cuts excuse nothing. But when sites reach
 * each other again, lists need the time that .heal gives them. */
#include "sim/metrics/consumers.h"
#include "sim/check/internal.h"

enum {
    GRACE
};

static void look_at_consumer(Check *check, uint32_t consumer)
{
    int64_t now_us = check->world->now_us;
    if (sim_consumers_is_empty(check->consumers, consumer)) {
        sim_stretch_open(check, CHECK_NO_NODE, consumer, now_us, now_us + check->values[GRACE]);
    } else {
        sim_stretch_close(check, CHECK_NO_NODE, consumer);
    }
}

/* A check may begin in the midst of a story. */
static void look_at_all(Check *check)
{
    uint32_t count = sim_consumers_count(check->consumers);
    for (uint32_t consumer = 0; consumer < count; consumer++) {
        look_at_consumer(check, consumer);
    }
}

static void begin(Check *check)
{
    check->own =
        g_new0(int64_t, 1); /* when cuts or heals last changed what sites reach; 0: never */
    look_at_all(check);
}

static void note_links(Check *check)
{
    bool several = check->world->sites != NULL && check->world->sites->len > 1;
    if (several) {
        *(int64_t *)check->own = check->world->now_us;
    }
}

static int64_t counts_from(const Check *check, uint32_t node, uint32_t consumer)
{
    int64_t changed_us = *(const int64_t *)check->own;
    (void)node;
    (void)consumer;
    return changed_us > 0 ? changed_us + check->heal_us : 0;
}

static void tell_empty(Check *check, uint32_t node, uint32_t consumer, const Stretch *stretch)
{
    uint32_t client = 0;
    DistroService service = DISTRO_NONE;
    sim_consumers_whom(check->consumers, consumer, &client, &service);
    g_autofree char *name = sim_check_service_name(check, service);
    sim_check_tell(check, node == CHECK_NO_NODE ? UINT32_MAX : node, client, service,
                   "%s has no provider of %s to call for %.1f s, though one lives",
                   sim_check_client_name(check, client), name,
                   (double)(check->world->now_us - stretch->since_us) / 1e6);
}

const CheckClass sim_check_no_empty_consumer = {
    .type = { "no_empty_consumer",
              { { "grace", SIM_CHECK_FIELD_DURATION, 0 },
                { "heal", SIM_CHECK_FIELD_DURATION, INT64_C(15000000) } } },
    .start = begin,
    .topology = note_links,
    .consumer = look_at_consumer,
    .counts_from = counts_from,
    .tell = tell_empty,
};
