/* sim/client/poll.c -- asking for a list again and again: HostReactor.UpdateTask (1.x),
 * ServiceInfoUpdateService.UpdateTask (2.x, where it runs by default up to 2.1).
 *
 *      first after 1 s; then min(base << failures, 60 s), where the base is the server's
 * cacheMillis (2.x: six times that) once a list with hosts is in the cache, and 1 s otherwise
 *
 * If the cache holds a newer list than after the last poll, a push brought it. Then a 2.x SDK asks
 * nothing this time; a 1.x one asks, to keep its subscription alive, and drops the answer. */
#include "sim/client/internal.h"

#include "sim/server/push.h"

#define POLL_FIRST_US 1000000 /* DEFAULT_DELAY */
#define POLL_MAX_US 60000000
#define CACHE_US 10000000   /* cacheMillis, as servers tell */
#define CACHES_UNTIL_NEXT 6 /* 2.x: DEFAULT_UPDATE_CACHE_TIME_MULTIPLE */
#define MAX_FAIL_COUNT 6

static SimSubscribed *poll_of_stamp(const SimClient *client, uint32_t stamp)
{
    for (uint32_t i = 0; client->subscriptions && i < client->subscriptions->len; i++) {
        SimSubscribed *entry = &g_array_index(client->subscriptions, SimSubscribed, i);
        if (entry->stamp == stamp)
            return entry;
    }
    return NULL;
}

static void set_timer(SimClient *client, SimSubscribed *entry, int64_t delay_us)
{
    entry->stamp = sim_client_serial(client);
    sim_client_set_timer(client, client->world->now_us + delay_us, SIM_TIMER_POLL, entry->stamp);
}

void sim_poll_start(SimClient *client, DistroService service)
{
    SimSubscribed *entry = sim_client_subscribed(client, service);
    if (!entry || entry->stamp != 0)
        return;
    entry->polled_ms = INT64_MAX; /* the first poll asks whatever came before it */
    set_timer(client, entry, POLL_FIRST_US);
}

static bool is_empty(const SimClient *client, uint32_t list)
{
    uint32_t count;
    sim_list_items(client->world, list, &count);
    return count == 0;
}

static int64_t cache_us(const SimClient *client)
{
    return client->kind == SIM_CLIENT_GRPC ? CACHE_US * (int64_t)CACHES_UNTIL_NEXT : CACHE_US;
}

static void set_next(SimClient *client, SimSubscribed *entry, bool ok)
{
    entry->polled_ms = entry->ref_ms;
    bool good = ok && !is_empty(client, entry->list);
    entry->fail_count = good ? 0 : (uint8_t)MIN(entry->fail_count + 1, MAX_FAIL_COUNT);
    int64_t delay_us = good ? cache_us(client) : POLL_FIRST_US << entry->fail_count;
    set_timer(client, entry, MIN(delay_us, POLL_MAX_US));
}

void sim_poll_timer(SimClient *client, uint32_t stamp)
{
    SimSubscribed *entry = poll_of_stamp(client, stamp);
    if (!entry)
        return;
    bool pushed = entry->ref_ms > entry->polled_ms;
    if (pushed && client->kind == SIM_CLIENT_GRPC) {
        set_next(client, entry, true);
        return;
    }
    SimRequest *request =
        sim_client_request(client, SIM_OP_QUERY, SIM_ORIGIN_POLL, entry->service, DISTRO_NONE);
    request->stamp = stamp;
    request->refresh_only = pushed;
    if (client->kind == SIM_CLIENT_GRPC)
        sim_grpc_begin(client, request);
    else
        sim_http_begin(client, request);
}

void sim_poll_ended(SimClient *client, const SimRequest *request, bool ok)
{
    SimSubscribed *entry = poll_of_stamp(client, request->stamp);
    if (entry)
        set_next(client, entry, ok);
}
