/* sim/raft/health.c -- whether a persistent instance answers: Nacos's own checks, one every few
 * seconds, by the server that is responsible for its address (HealthCheckTaskV2,
 * TcpHealthCheckProcessor, HttpHealthCheckProcessor).
 *
 *      TCP       HTTP          each check
 *      open      200           good: healthy after three in a row
 *      silence   silence       bad, after 500 ms: unhealthy after three in a row
 *                302, 503      bad: likewise
 *      closed    closed        a reset: unhealthy at once
 *                any other     likewise
 *
 * What is checked, and how, the metadata of the instance's cluster says; TCP if it says nothing.
 * The change goes by Raft like any other (PersistentHealthStatusSynchronizer), so without a leader
 * the health stays as it was. Who listens at an instance's port is the process that registered it;
 * one that is frozen answers nothing here, where a kernel would still accept. */
#include "core/message.h"
#include "sim/client/client.h"
#include "sim/naming/call.h"
#include "sim/raft/server.h"

#define CONNECT_US ((int64_t)500000)           /* CONNECT_TIMEOUT_MS */
#define FIRST_US ((int64_t)2 * G_USEC_PER_SEC) /* initCheckRT: 2 s and up to 5 */
#define MOST_US ((int64_t)5 * G_USEC_PER_SEC)  /* TcpHealthParams, HttpHealthParams: max */

enum {
    TIMES = 3, /* SwitchDomain: checkTimes */
};

/* TcpHealthParams, HttpHealthParams: min, and factor in hundredths. */
static const struct {
    int64_t least_us, factor;
} params[] = {
    [SIM_CHECKER_TCP] = { 1000000, 75 },
    [SIM_CHECKER_HTTP] = { 500000, 85 },
};

typedef enum Finding {
    FINDING_GOOD,
    FINDING_BAD,    /* checkFail */
    FINDING_CLOSED, /* checkFailNow */
} Finding;

typedef struct HealthCheck {
    uint64_t number;
    DistroService service;
    DistroClient client;
    uint32_t good, bad; /* in a row, of those that say something new */
    int64_t period_us;
} HealthCheck;

static HealthCheck *find_check(const SimRaftServer *server, uint64_t number)
{
    for (guint i = 0; server->checks != NULL && i < server->checks->len; i++) {
        HealthCheck *check = &g_array_index(server->checks, HealthCheck, i);
        if (check->number == number) {
            return check;
        }
    }
    return NULL;
}

static void schedule(SimRaftServer *server, const HealthCheck *check)
{
    sim_raft_set_timer(server, server->raft->world->now_us + check->period_us, SIM_RAFT_TIMER_CHECK,
                       check->number);
}

static void add_check(SimRaftServer *server, DistroClient client, DistroService service)
{
    const int64_t more_us = (int64_t)sim_prng_below(&server->check_chance, (uint64_t)MOST_US);
    const HealthCheck check = { .number = ++server->raft->last_number,
                                .service = service,
                                .client = client,
                                .period_us = FIRST_US + more_us };
    g_array_append_val(server->checks, check);
    schedule(server, &check);
}

void sim_health_follow(SimRaftServer *server, DistroClient client, DistroService service,
                       DistroPublication publication)
{
    if (server->checks == NULL) {
        server->checks = g_array_new(false, false, sizeof(HealthCheck));
    }
    for (guint i = 0; i < server->checks->len; i++) {
        const HealthCheck *check = &g_array_index(server->checks, HealthCheck, i);
        if (check->client == client && check->service == service) {
            if (publication == DISTRO_NONE) {
                g_array_remove_index(server->checks, i);
            }
            return;
        }
    }
    if (publication != DISTRO_NONE) {
        add_check(server, client, service);
    }
}

/* What @check's client publishes; DISTRO_NONE: it does no longer. */
static DistroListing listing_of(const SimRaftServer *server, const HealthCheck *check)
{
    const DistroPublication publication =
        sim_raft_machine_instance(server->machine, check->service, check->client);
    return publication == DISTRO_NONE
               ? (DistroListing)DISTRO_NONE
               : distro_dictionary_publication_info(server->raft->world->dictionary, publication)
                     ->listings[0];
}

static SimChecker checker_of(const SimRaftServer *server, const HealthCheck *check)
{
    const DistroListing listing = listing_of(server, check);
    if (listing == DISTRO_NONE) {
        return SIM_CHECKER_NONE;
    }
    const DistroListingInfo *info =
        distro_dictionary_listing_info(server->raft->world->dictionary, listing);
    return sim_raft_machine_checker(server->machine, check->service, info->instance.cluster);
}

static bool is_responsible(const SimRaftServer *server, DistroClient client)
{
    const SimNode *node = server->node;
    return distro_node_responsible(
        node->core, distro_dictionary_client_info(node->world->dictionary, client)->tag_hash);
}

void sim_health_timer(SimRaftServer *server, uint64_t number)
{
    const HealthCheck *check = find_check(server, number);
    SimWorld *world = server->raft->world;
    if (check == NULL) {
        return;
    }
    const SimClient *client = sim_world_client_of_id(world, check->client);
    const SimChecker checker = checker_of(server, check);
    if (client == NULL || checker == SIM_CHECKER_NONE || !is_responsible(server, check->client)) {
        schedule(server, check);
        return;
    }
    const SimCall call = {
        .from = sim_node_endpoint(server->node->index),
        .to = sim_client_endpoint(sim_client_index(client)),
        .op = SIM_OP_CHECK,
        .timeout_us = CONNECT_US,
        .ticket = { .peer = (uint32_t)(number >> 32), .client = (uint32_t)number },
        .payload = { checker == SIM_CHECKER_HTTP },
    };
    sim_network_call(world->network, world->now_us, &call);
}

static void ignore_end(void *data, SimRaftWritten outcome)
{
    (void)data;
    (void)outcome;
}

/* What it publishes, with the other health. */
static void write_health(SimRaftServer *server, const HealthCheck *check,
                         DistroPublication publication, bool healthy)
{
    const SimRaftCommand command = {
        .kind = SIM_RAFT_UPDATE,
        .service = check->service,
        .client = check->client,
        .publication =
            distro_dictionary_with_health(server->raft->world->dictionary, publication, healthy),
    };
    sim_raft_write(server->node, command, ignore_end, NULL, NULL);
}

static Finding finding_of(const SimCall *call, DistroOutcome outcome, const DistroFrame *answer)
{
    if (outcome == DISTRO_OUTCOME_TIMED_OUT) {
        return FINDING_BAD;
    }
    if (outcome != DISTRO_OUTCOME_ANSWERED) {
        return FINDING_CLOSED;
    }
    if (call->payload[0] == 0) {
        return FINDING_GOOD; /* a connection is all that TCP asks for */
    }
    switch ((int)sim_client_answer_status(answer)) {
    case 200:
        return FINDING_GOOD;
    case 302:
    case 503:
        return FINDING_BAD;
    default:
        return FINDING_CLOSED;
    }
}

/* HealthCheckCommonV2#checkOk, checkFail, checkFailNow. True if the health is to change. */
static bool count(HealthCheck *check, Finding finding, bool is_healthy)
{
    if (finding == FINDING_GOOD) {
        check->bad = 0;
        check->good += !is_healthy;
        return !is_healthy && check->good >= TIMES;
    }
    check->good = 0;
    check->bad += is_healthy;
    return is_healthy && (finding == FINDING_CLOSED || check->bad >= TIMES);
}

/* HealthCheckCommonV2#reEvaluateCheckRT */
static int64_t next_period(SimChecker checker, int64_t period_us, Finding finding, int64_t took_us)
{
    const int64_t rt_us = finding == FINDING_GOOD  ? took_us
                          : finding == FINDING_BAD ? 2 * period_us
                                                   : MOST_US;
    const int64_t factor = params[checker].factor;
    return CLAMP((factor * period_us + (100 - factor) * rt_us) / 100, params[checker].least_us,
                 MOST_US);
}

void sim_health_outcome(SimRaftServer *server, const SimCall *call, DistroOutcome outcome,
                        const DistroFrame *answer)
{
    HealthCheck *check =
        find_check(server, (uint64_t)call->ticket.peer << 32 | call->ticket.client);
    if (check == NULL) {
        return;
    }
    const SimWorld *world = server->raft->world;
    const bool is_healthy =
        distro_dictionary_listing_info(world->dictionary, listing_of(server, check))
            ->instance.healthy;
    const Finding finding = finding_of(call, outcome, answer);
    check->period_us = next_period(call->payload[0] ? SIM_CHECKER_HTTP : SIM_CHECKER_TCP,
                                   check->period_us, finding, world->now_us - call->sent_us);
    schedule(server, check);
    if (count(check, finding, is_healthy)) {
        check->good = check->bad = 0;
        write_health(server, check,
                     sim_raft_machine_instance(server->machine, check->service, check->client),
                     !is_healthy);
    }
}
