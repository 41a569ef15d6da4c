/* sim/client/digest.c -- what a client comes to, so that equal ones are known as equal.
 *
 * Serials and stamps count what a client has done; only what they are compared with matters, so
 * each stands for the thing that awaits it, and one that nothing awaits is left out. */
#include "core/mix.h"
#include "sim/client/internal.h"
#include "sim/naming/list.h"

enum {
    STAMP_SHIFT = SIM_CLIENT_INDEX_BITS + SIM_CLIENT_TIMER_BITS
};

static uint64_t after(const SimClient *client, int64_t at_us)
{
    return at_us == INT64_MAX || at_us == INT64_MIN ? (uint64_t)at_us
                                                    : (uint64_t)(at_us - client->world->now_us);
}

/* --- timers ---------------------------------------------------------------------------------- */

static uint32_t request_number(const SimClient *client, uint32_t serial)
{
    for (guint i = 0; client->requests != NULL && i < client->requests->len; i++) {
        if (g_array_index(client->requests, SimRequest, i).serial == serial) {
            return i + 1;
        }
    }
    return 0;
}

/* What awaits that timer; 0: nothing. */
static uint64_t awaited_by(const SimClient *client, SimClientTimer timer, uint32_t stamp)
{
    const SimGrpc *grpc = &client->grpc;
    switch (timer) {
    case SIM_TIMER_RESUME:
        return stamp == client->resume_stamp;
    case SIM_TIMER_REQUEST:
        return request_number(client, stamp);
    case SIM_TIMER_RECONNECT:
        return stamp == grpc->reconnect_stamp;
    case SIM_TIMER_HEALTH:
        return stamp == grpc->health_stamp;
    case SIM_TIMER_PING:
        return stamp == grpc->ping;
    case SIM_TIMER_REDO:
        return stamp == grpc->redo_stamp;
    case SIM_TIMER_BEAT:
    case SIM_TIMER_POLL:
    case SIM_TIMER_FAILOVER:
    case SIM_N_TIMERS:
        break;
    }
    return 1000 + stamp;
}

static uint64_t digest_of_timers(const SimClient *client, const GArray *events)
{
    uint64_t sum = 0;
    for (guint i = 0; i < events->len; i++) {
        const SimEvent *event = &g_array_index(events, SimEvent, i);
        const uint64_t payload = sim_event_payload(event->word);
        if (sim_event_kind(event->word) != SIM_EVENT_CLIENT ||
            (payload & SIM_EVENT_INDEX) != client->index) {
            continue;
        }
        const uint64_t timer =
            payload >> SIM_CLIENT_INDEX_BITS & ((1u << SIM_CLIENT_TIMER_BITS) - 1);
        const uint64_t awaited =
            awaited_by(client, (SimClientTimer)timer, (uint32_t)(payload >> STAMP_SHIFT));
        if (awaited != 0) {
            sum += distro_mix(distro_mix(timer, awaited), after(client, event->at_us));
        }
    }
    return sum;
}

/* --- what it has ----------------------------------------------------------------------------- */

static uint64_t digest_of_publications(const SimClient *client)
{
    const DistroDictionary *dictionary = client->world->dictionary;
    uint64_t digest = 0;
    for (guint i = 0; client->publications != NULL && i < client->publications->len; i++) {
        const SimPublished *entry = &g_array_index(client->publications, SimPublished, i);
        digest = distro_mix(digest, distro_digest_of_service(dictionary, entry->service));
        digest = distro_mix(digest, distro_digest_of_publication(dictionary, entry->publication));
        digest =
            distro_mix(digest, entry->registered + entry->unregistering * 2u + entry->wanted * 4u);
    }
    return digest;
}

static uint64_t digest_of_list(const SimClient *client, uint32_t list)
{
    uint32_t count = 0;
    uint64_t digest = list != 0;
    const DistroListing *items = sim_list_items(client->world, list, &count);
    for (uint32_t i = 0; i < count; i++) {
        const DistroListingInfo *info =
            distro_dictionary_listing_info(client->world->dictionary, items[i]);
        digest += distro_mix(distro_digest_of_name(client->world->dictionary, info->instance.ip),
                             (uint64_t)info->instance.port * 2 + info->instance.healthy);
    }
    return digest;
}

static uint64_t digest_of_subscriptions(const SimClient *client)
{
    uint64_t digest = 0;
    for (guint i = 0; client->subscriptions != NULL && i < client->subscriptions->len; i++) {
        const SimSubscribed *entry = &g_array_index(client->subscriptions, SimSubscribed, i);
        digest =
            distro_mix(digest, distro_digest_of_service(client->world->dictionary, entry->service));
        digest = distro_mix(digest, digest_of_list(client, entry->list));
        digest = distro_mix(digest, digest_of_list(client, entry->heard));
        digest = distro_mix(digest, digest_of_list(client, entry->backup));
        digest = distro_mix(digest, entry->registered + entry->failed * 2u);
    }
    return digest;
}

static uint64_t digest_of_requests(const SimClient *client)
{
    const DistroDictionary *dictionary = client->world->dictionary;
    uint64_t digest = 0;
    for (guint i = 0; client->requests != NULL && i < client->requests->len; i++) {
        const SimRequest *request = &g_array_index(client->requests, SimRequest, i);
        digest = distro_mix(digest, (request->op + request->asked * 64u) * 64u +
                                        request->origin * 8u + request->phase);
        digest = distro_mix(digest, distro_digest_of_service(dictionary, request->service));
        digest = distro_mix(digest, distro_digest_of_publication(dictionary, request->publication));
        digest = distro_mix(digest, (uint64_t)request->node << 32 | request->tries);
        digest = distro_mix(digest, request->maybe_applied + request->ok * 2u);
        digest = distro_mix(digest, after(client, request->deadline_us));
    }
    return digest;
}

static uint64_t digest_of_grpc(const SimClient *client)
{
    const SimGrpc *grpc = &client->grpc;
    uint64_t digest = distro_digest_of_client(client->world->dictionary, grpc->id);
    digest = distro_mix(digest, (uint64_t)grpc->state << 32 | grpc->node);
    digest = distro_mix(digest, (grpc->ping != 0) + (grpc->attempt != 0) * 2u +
                                    grpc->rechecking * 4u + grpc->redoing * 8u);
    digest = distro_mix(digest, (uint64_t)grpc->ping_tries << 32 | grpc->redo_at);
    digest = distro_mix(digest, after(client, grpc->active_us));
    digest = distro_mix(digest, after(client, grpc->redo_from_us));
    digest = distro_mix(digest, (uint64_t)grpc->last_node << 32 | grpc->cursor);
    digest = distro_mix(digest, (uint64_t)grpc->start_attempts << 32 | grpc->turns);
    digest = distro_mix(digest, (uint64_t)grpc->reconnect_times << 32 |
                                    (grpc->attempt != 0 ? grpc->attempt_node : 0));
    return distro_mix(digest, request_number(client, grpc->target));
}

bool sim_client_has_digest(const SimClient *client)
{
    return client->kind == SIM_CLIENT_GRPC && client->process == NULL && client->dual == NULL;
}

uint64_t sim_client_digest(const SimClient *client, const GArray *events)
{
    uint64_t digest = digest_of_grpc(client);
    digest =
        distro_mix(digest, client->started + client->open * 2u + client->frozen * 4u +
                               client->settled * 8u + client->failover * 16u +
                               client->failover_wanted * 32u + (uint64_t)client->health_page * 64u);
    digest = distro_mix(digest, client->frozen ? after(client, client->paused_until_us) : 0);
    digest = distro_mix(digest, client->prng.state);
    digest = distro_mix(digest, sim_balance_digest(client));
    digest = distro_mix(digest, digest_of_publications(client));
    digest = distro_mix(digest, digest_of_subscriptions(client));
    digest = distro_mix(digest, digest_of_requests(client));
    return distro_mix(digest, digest_of_timers(client, events));
}
