/* tools/real/play.c -- see play.h. */
#include "tools/real/play.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/study/study.h"
#include "tools/real/limit.h"
#include "tools/real/sdk.h"
#include "tools/real/switch.h"
#include "tools/real/workdir.h"

#define CLIENTS_IP "10.255.255.254" /* of the device behind which all clients are */
#define BOOT_SPREAD_US 3000000      /* so that the phases of timers differ, as in the simulator */
#define BOOT_LIMIT_US 240000000
#define WATCH_US 200000 /* how often it is asked whether processes run still */
enum {
    UNREACHED = -1,
    MOST_STARTS = 3,
};

typedef struct Play {
    const RealOptions *options;
    SimWorld *world;
    RegLoop *loop;
    RealWorkdir *workdir;
    RealSwitch *network;
    RealSdk *sdk;
    GPtrArray *servers; /* RealServer by node */
    GArray *ways;       /* SimWayState by pair */
    GArray *known;      /* bool by client: the switch knows it */
    int clients_device;
    int64_t origin_us; /* of the clock, at the world's 0; UNREACHED while servers boot */
    RegTimer poll, pace;
    int64_t poll_due_us, watched_us;
    int64_t late_us; /* of the poll's timer itself */
    GError *error;   /* a server was lost */
} Play;

/* What the switch was told of a way. */
typedef struct WayState {
    SimEndpoint from, to;
    SimLink link;
    bool cut;
} WayState;

/* --- time ------------------------------------------------------------------------------------- */

/* Where the world's time should be. While servers boot it stands. */
static int64_t world_time(const Play *play)
{
    return play->origin_us == UNREACHED ? play->world->now_us
                                        : g_get_monotonic_time() - play->origin_us;
}

/* What comes from outside happens now, unless an event of the world is overdue, which comes first
 * and at its own time. */
static void catch_up(void *data)
{
    Play *play = data;
    const int64_t now_us = world_time(play);
    if (now_us > play->world->now_us && sim_event_queue_peek(play->world->queue) > now_us) {
        sim_world_step(play->world, now_us);
    }
}

static void wake(RegTimer *timer)
{
    (void)timer; /* that the loop has turned is all */
}

static void turn(Play *play, int64_t at_us)
{
    RegTimers *timers = reg_loop_timers(play->loop);
    reg_timers_set(timers, &play->pace, at_us);
    g_main_context_iteration(NULL, true);
}

/* --- the switch ------------------------------------------------------------------------------- */

static uint32_t site_of(const Play *play, SimEndpoint endpoint)
{
    const uint32_t index = sim_endpoint_index(endpoint);
    return sim_endpoint_is_client(endpoint) ? sim_client_site(sim_world_client(play->world, index))
                                            : sim_world_node(play->world, index)->site;
}

static void set_way(Play *play, SimEndpoint from, SimEndpoint to)
{
    const SimNetwork *network = play->world->network;
    const WayState now = {
        .from = from,
        .to = to,
        .link = sim_network_effective_link(network, from, to),
        .cut = (sim_network_is_cut(network, from, to) & SIM_CUT_PACKETS) != 0,
    };
    WayState *before = NULL;
    for (guint i = 0; i < play->ways->len && before == NULL; i++) {
        WayState *way = &g_array_index(play->ways, WayState, i);
        before = way->from == from && way->to == to ? way : NULL;
    }
    if (before != NULL && before->cut == now.cut &&
        memcmp(&before->link, &now.link, sizeof now.link) == 0) {
        return;
    }
    if (before != NULL) {
        *before = now;
    } else {
        g_array_append_val(play->ways, now);
    }
    real_switch_set(play->network, from, to, &now.link, now.cut,
                    site_of(play, from) != site_of(play, to));
}

static void set_ways(Play *play, SimEndpoint a, SimEndpoint b)
{
    set_way(play, a, b);
    set_way(play, b, a);
}

static void meet_client(Play *play, uint32_t index)
{
    const SimClient *client = sim_world_client(play->world, index);
    if (play->known->len <= index) {
        g_array_set_size(play->known, index + 1);
    }
    if (!g_array_index(play->known, bool, index)) {
        g_array_index(play->known, bool, index) = true;
        real_switch_add(play->network, sim_client_endpoint(index), real_sdk_client_ip(client),
                        play->clients_device);
    }
}

/* Cuts and links are where the world's network has them. */
static void sync_ways(Play *play)
{
    const SimWorld *world = play->world;
    for (guint i = 0; i < world->clients->len; i++) {
        meet_client(play, i);
    }
    for (guint i = 0; i < world->nodes->len; i++) {
        for (guint k = 0; k < i; k++) {
            set_ways(play, sim_node_endpoint(i), sim_node_endpoint(k));
        }
        for (guint k = 0; k < world->clients->len; k++) {
            set_ways(play, sim_node_endpoint(i), sim_client_endpoint(k));
        }
    }
}

/* --- polling ---------------------------------------------------------------------------------- */

/* Nacos 3 ends where its database takes more than a second to open, which on a busy machine it may:
 * before the story has begun it is started again. */
static bool start_again(Play *play, RealServer *server)
{
    if (play->origin_us != UNREACHED || server->sort->kind == REAL_KIND_DISTROD ||
        server->starts > MOST_STARTS) {
        return false;
    }
    real_server_crash(server);
    real_server_start(server, &play->error);
    return true;
}

static void look_for_losses(Play *play)
{
    for (guint i = 0; i < play->servers->len && play->error == NULL; i++) {
        RealServer *server = play->servers->pdata[i];
        g_autofree char *how = server != NULL ? real_server_lost(server) : NULL;
        if (how != NULL && !start_again(play, server)) {
            play->error = g_error_new(REAL_ERROR, REAL_ERROR_FAILED, "%s", how);
        }
    }
}

static void poll_all(RegTimer *timer)
{
    Play *play = REG_OWNER(timer, Play, poll);
    const int64_t now_us = g_get_monotonic_time();
    play->late_us = MAX(play->late_us, now_us - play->poll_due_us);
    catch_up(play);
    for (guint i = 0; i < play->servers->len; i++) {
        if (play->servers->pdata[i] != NULL) {
            real_observer_poll(((RealServer *)play->servers->pdata[i])->observer);
        }
    }
    if (now_us - play->watched_us >= WATCH_US) {
        play->watched_us = now_us;
        look_for_losses(play);
    }
    play->world->changed = true; /* predicates are asked at every poll */
    play->poll_due_us = MAX(play->poll_due_us + REAL_POLL_US, now_us);
    reg_timers_set(reg_loop_timers(play->loop), timer, play->poll_due_us);
}

/* --- the world's requests --------------------------------------------------------------------- */

static RealServer *server_of(Play *play, SimNode *node)
{
    if (play->servers->len <= node->index) {
        g_ptr_array_set_size(play->servers, (gint)node->index + 1);
    }
    RealServer *server = play->servers->pdata[node->index];
    if (server != NULL) {
        return server;
    }
    const GArray *sorts = play->options->sorts;
    const RealSort *sort = &g_array_index(sorts, RealSort, node->index % sorts->len);
    g_autofree char *name = g_strdelimit(g_strdup(node->name), "/", '-');
    g_autofree char *folder = g_build_filename(real_workdir_path(play->workdir), name, NULL);
    server = real_server_new(play->loop, node, sort, folder, catch_up, play, &play->error);
    if (server != NULL) {
        real_switch_add(play->network, sim_node_endpoint(node->index), server->ip, server->device);
        play->servers->pdata[node->index] = server;
    }
    return server;
}

static void act(void *data, SimNode *node, SimRealAct act)
{
    Play *play = data;
    RealServer *server = play->error == NULL ? server_of(play, node) : NULL;
    if (server == NULL) {
        return;
    }
    switch (act) {
    case SIM_REAL_BOOT:
        sync_ways(play);
        real_server_start(server, &play->error);
        break;
    case SIM_REAL_CRASH:
        real_server_crash(server);
        break;
    case SIM_REAL_STOP:
        real_server_stop(server);
        break;
    case SIM_REAL_PAUSE:
    case SIM_REAL_RESUME:
        real_server_pause(server, act == SIM_REAL_PAUSE);
        break;
    case SIM_REAL_MEMBERS:
        real_server_write_members(server, &play->error);
        break;
    }
}

static void call(void *data, const SimCall *call)
{
    Play *play = data;
    sync_ways(play); /* it may be a client's first */
    real_sdk_call(play->sdk, call);
}

static void client_gone(void *data, uint32_t client, SimRealGone how)
{
    Play *play = data;
    if (how == SIM_REAL_GONE_SILENT) {
        real_switch_mute(play->network, sim_client_endpoint(client));
    }
    real_sdk_client_gone(play->sdk, client, how == SIM_REAL_GONE_CRASHED);
}

static const RealObserver *observer_of(const Play *play, const SimNode *node)
{
    const RealServer *server =
        node->index < play->servers->len ? play->servers->pdata[node->index] : NULL;
    return server != NULL ? server->observer : NULL;
}

static SimSeen seen(void *data, const SimNode *node)
{
    const RealObserver *observer = observer_of(data, node);
    return observer != NULL ? real_observer_seen(observer) : (SimSeen) { 0 };
}

static void stored(void *data, const SimNode *node, DistroService service, GArray *listings)
{
    const RealObserver *observer = observer_of(data, node);
    if (observer != NULL) {
        real_observer_stored(observer, service, listings);
    }
}

static void listed(void *data, const SimNode *node, DistroService service, GArray *listings)
{
    const RealObserver *observer = observer_of(data, node);
    if (observer != NULL) {
        real_observer_listed(observer, service, listings);
    }
}

static bool step(void *data, int64_t until_us)
{
    Play *play = data;
    SimWorld *world = play->world;
    while (play->error == NULL && !play->options->stopped()) {
        const int64_t now_us = MIN(world_time(play), until_us);
        if (sim_world_step(world, now_us)) {
            sync_ways(play);
            return true;
        }
        if (world->changed) {
            sim_reality_look(world);
            sync_ways(play);
            return true;
        }
        if (now_us >= until_us || world->stopped) {
            return false;
        }
        const int64_t next_us = sim_event_queue_peek(world->queue);
        turn(play, next_us == INT64_MAX ? INT64_MAX : next_us + play->origin_us);
    }
    return false;
}

/* --- booting ---------------------------------------------------------------------------------- */

static bool all_up(const Play *play)
{
    for (guint i = 0; i < play->world->nodes->len; i++) {
        const RealServer *server = i < play->servers->len ? play->servers->pdata[i] : NULL;
        if (server == NULL || !real_observer_sees_all_up(server->observer)) {
            return false;
        }
    }
    return true;
}

/* Boots the nodes at instants drawn from the seed, and waits for all to see all UP. */
static bool boot(Play *play)
{
    SimWorld *world = play->world;
    SimPrng prng = sim_prng_stream(world->seed, "real/boot");
    const int64_t begun_us = g_get_monotonic_time();
    g_autofree int64_t *at_us = g_new(int64_t, world->nodes->len);
    guint booted = 0;
    for (guint i = 0; i < world->nodes->len; i++) {
        at_us[i] = begun_us + sim_prng_between(&prng, 0, BOOT_SPREAD_US);
    }
    while (play->error == NULL && !play->options->stopped() && !all_up(play)) {
        const int64_t now_us = g_get_monotonic_time();
        for (guint i = 0; i < world->nodes->len && booted < world->nodes->len; i++) {
            if (at_us[i] <= now_us) {
                sim_node_boot(sim_world_node(world, i));
                at_us[i] = INT64_MAX;
                booted++;
            }
        }
        if (now_us - begun_us > BOOT_LIMIT_US) {
            play->error = g_error_new(REAL_ERROR, REAL_ERROR_FAILED,
                                      "the servers did not see each other UP within %d s of their "
                                      "start",
                                      BOOT_LIMIT_US / 1000000);
        }
        turn(play, now_us + REAL_POLL_US);
    }
    return play->error == NULL && !play->options->stopped();
}

static void reset_figures(Play *play)
{
    play->late_us = 0;
    for (guint i = 0; i < play->servers->len; i++) {
        if (play->servers->pdata[i] != NULL) {
            real_observer_reset_figures(((RealServer *)play->servers->pdata[i])->observer);
        }
    }
}

static bool begin(void *data, SimWorld *world)
{
    Play *play = data;
    play->world = world;
    const char *wrong = real_limit_of_world(world);
    if (wrong != NULL) {
        play->error = g_error_new(REAL_ERROR, REAL_ERROR_FAILED, "%s", wrong);
        return false;
    }
    play->network = real_switch_new(world->seed);
    play->clients_device = -1;
    const int here = real_space_here(&play->error);
    if (here >= 0) {
        play->clients_device = real_space_device(here, CLIENTS_IP, &play->error);
        close(here);
    }
    if (play->clients_device < 0 || !real_space_own_clients(&play->error)) {
        return false;
    }
    play->sdk = real_sdk_new(play->loop, world, catch_up, play);
    play->poll_due_us = g_get_monotonic_time();
    reg_timers_set(reg_loop_timers(play->loop), &play->poll, play->poll_due_us);
    if (!world->spec->manual_boot && !boot(play)) {
        return false;
    }
    while (sim_world_step(world, 0)) {
    }
    play->origin_us = g_get_monotonic_time();
    reset_figures(play);
    sim_study_begin(world);
    return true;
}

/* --- a run ------------------------------------------------------------------------------------ */

static void take_figures(Play *play, SimResult *result, RealFigures *figures)
{
    const RealTraffic traffic =
        play->network != NULL ? real_switch_traffic(play->network) : (RealTraffic) { 0 };
    *figures = (RealFigures) { .late_us = play->late_us,
                               .packets = traffic.packets,
                               .lost = traffic.lost };
    for (guint i = 0; i < play->servers->len; i++) {
        const RealServer *server = play->servers->pdata[i];
        if (server != NULL) {
            figures->polls += real_observer_rounds(server->observer);
            figures->late_us = MAX(figures->late_us, real_observer_late_us(server->observer));
        }
    }
    figures->disturbed = figures->late_us > REAL_LATE_US;
    result->messages = traffic.packets;
    result->bytes_lan = traffic.bytes_lan;
    result->bytes_wan = traffic.bytes_wan;
}

static void free_server(void *data)
{
    real_server_free(data);
}

static void end_servers(Play *play)
{
    g_clear_pointer(&play->servers, g_ptr_array_unref);
    g_clear_pointer(&play->network, real_switch_free);
    reg_timers_clear(reg_loop_timers(play->loop), &play->poll);
    reg_timers_clear(reg_loop_timers(play->loop), &play->pace);
}

/* The world is about to go, and the clients with it. */
static void inspect(void *data, const SimWorld *world, const SimResult *result)
{
    Play *play = data;
    (void)world;
    (void)result;
    g_clear_pointer(&play->sdk, real_sdk_free);
    for (guint i = 0; i < play->servers->len; i++) {
        RealServer *server = play->servers->pdata[i];
        if (server != NULL) {
            real_observer_end(server->observer);
        }
    }
}

static SimResult *play_in(Play *play, const SimScenario *scenario, const SimRunOptions *run,
                          bool *usage)
{
    const SimReality reality = { .data = play,
                                 .begin = begin,
                                 .step = step,
                                 .act = act,
                                 .call = call,
                                 .client_gone = client_gone,
                                 .seen = seen,
                                 .stored = stored,
                                 .listed = listed };
    const SimScriptLimit limit = { .where = "on real servers",
                                   .allows = real_limit_allows,
                                   .slack_us = play->options->slack_us };
    SimRunOptions all = *run;
    all.reality = &reality;
    all.limit = &limit;
    all.inspect = inspect;
    all.inspect_data = play;
    return sim_run(scenario, &all, usage);
}

/* Where we may: what we do takes little time, and the observer must not be late because the machine
 * is busy with others. */
static void hurry(void)
{
    const struct sched_param least = { .sched_priority = sched_get_priority_min(SCHED_RR) };
    if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &least) != 0) {
        setpriority(PRIO_PROCESS, 0, -10);
    }
}

SimResult *real_play(const SimScenario *scenario, const SimRunOptions *run,
                     const RealOptions *options, RealFigures *figures, bool *usage, GError **error)
{
    Play play = { .options = options,
                  .origin_us = UNREACHED,
                  .clients_device = -1,
                  .poll.fire = poll_all,
                  .pace.fire = wake };
    play.workdir = real_workdir_new(error);
    if (play.workdir == NULL) {
        return NULL;
    }
    hurry();
    play.loop = reg_loop_new();
    play.servers = g_ptr_array_new_with_free_func(free_server);
    play.ways = g_array_new(false, true, sizeof(WayState));
    play.known = g_array_new(false, true, sizeof(bool));
    SimResult *result = play_in(&play, scenario, run, usage);
    take_figures(&play, result, figures);
    if (options->logs != NULL && play.error == NULL) {
        real_workdir_keep_logs(play.workdir, options->logs, &play.error);
    }
    end_servers(&play);
    g_array_unref(play.ways);
    g_array_unref(play.known);
    reg_loop_free(play.loop);
    real_workdir_free(play.workdir);
    if (play.error != NULL) {
        g_clear_pointer(&result, sim_result_free);
        g_propagate_error(error, play.error);
    }
    return result;
}
