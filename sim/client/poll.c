/* sim/client/poll.c -- asking for a list again and again: HostReactor.UpdateTask (1.x),
 * ServiceInfoUpdateService.UpdateTask (2.x, where it runs by default up to 2.1).
 *
 * First after 1 s; then min(base << failures, 60 s), where the base is the server's cacheMillis
 * (2.x: six times that) once a list with hosts is in the cache, and 1 s otherwise.
 *
 * If the cache holds a newer list than after the last poll, a push brought it. Then a 2.x SDK asks
 * nothing this time; a 1.x one asks, to keep its subscription alive, and drops the answer. */
#include "sim/client/dual_internal.h"

#include "sim/client/proxy.h"

#define CACHES_UNTIL_NEXT 6 /* 2.x: DEFAULT_UPDATE_CACHE_TIME_MULTIPLE */

static SimSubscribed *poll_of_stamp(const SimClient *client, uint32_t stamp)
{
    for (uint32_t i = 0; client->subscriptions != NULL && i < client->subscriptions->len; i++) {
        SimSubscribed *entry = &g_array_index(client->subscriptions, SimSubscribed, i);
        if (entry->stamp == stamp) {
            return entry;
        }
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
    if (entry == NULL || entry->stamp != 0) {
        return;
    }
    entry->polled_ms = INT64_MAX; /* the first poll asks whatever came before it */
    set_timer(client, entry, SIM_PROXY_POLL_FIRST_US);
}

static bool is_empty(const SimClient *client, uint32_t list)
{
    uint32_t count;
    sim_list_items(client->world, list, &count);
    return count == 0;
}

static int64_t cache_us(const SimClient *client)
{
    return client->kind == SIM_CLIENT_GRPC ? SIM_PROXY_CACHE_US * (int64_t)CACHES_UNTIL_NEXT
                                           : SIM_PROXY_CACHE_US;
}

static void set_next(SimClient *client, SimSubscribed *entry, bool ok)
{
    const SimSubscribed *polled = sim_client_polled(client, entry);
    entry->polled_ms = polled->ref_ms;
    bool good = ok && !is_empty(client, polled->list);
    set_timer(client, entry, sim_proxy_poll_delay_us(good, cache_us(client), &entry->fail_count));
}

static SimRequest *new_query(SimClient *client, DistroService service, uint32_t stamp,
                             bool refresh_only)
{
    SimRequest *request =
        sim_client_request(client, SIM_OP_QUERY, SIM_ORIGIN_POLL, service, DISTRO_NONE);
    request->stamp = stamp;
    request->refresh_only = refresh_only;
    return request;
}

void sim_poll_timer(SimClient *client, uint32_t stamp)
{
    SimSubscribed *entry = poll_of_stamp(client, stamp);
    if (entry == NULL) {
        return;
    }
    bool pushed = sim_client_polled(client, entry)->ref_ms > entry->polled_ms;
    if (pushed && client->kind == SIM_CLIENT_GRPC) {
        set_next(client, entry, true);
        return;
    }
    SimRequest *request = new_query(client, entry->service, stamp, pushed);
    if (client->kind == SIM_CLIENT_GRPC) {
        sim_grpc_begin(client, request);
    } else {
        sim_http_begin(client, request);
    }
}

/* The primary's half of an agent's poll has ended: now the secondary's. */
static void ask_secondary(SimClient *primary, const SimRequest *request, bool ok)
{
    SimClient *secondary = sim_dual_stack(primary, SIM_DUAL_SECONDARY);
    SimRequest *second =
        new_query(secondary, request->service, request->stamp, request->refresh_only);
    second->primary = ok ? SIM_LEG_ANSWER_GOOD : SIM_LEG_ANSWER_NONE;
    sim_http_ask(secondary, second);
}

static void both_answered(SimClient *secondary, const SimRequest *request, bool ok)
{
    SimClient *primary = sim_client_process(secondary);
    bool first = request->primary == SIM_LEG_ANSWER_GOOD;
    if (!request->refresh_only) {
        sim_dual_queried(primary->dual, request->service, first, ok);
    }
    SimSubscribed *entry = poll_of_stamp(primary, request->stamp);
    if (entry != NULL) {
        set_next(primary, entry, first || ok);
    }
}

static void poll_ended(SimClient *client, const SimRequest *request, bool ok)
{
    if (!ok) {
        sim_dual_forget(client);
    }
    SimSubscribed *entry = poll_of_stamp(client, request->stamp);
    if (entry != NULL) {
        set_next(client, entry, ok);
    }
}

void sim_poll_ended(SimClient *client, const SimRequest *request, bool ok)
{
    if (!sim_client_is_agents(client) || client->kind == SIM_CLIENT_GRPC) {
        poll_ended(client, request, ok);
    } else if (client->leg == SIM_DUAL_PRIMARY) {
        ask_secondary(client, request, ok);
    } else {
        both_answered(client, request, ok);
    }
}
