/* sim/world/node.c -- the host of one Distro node: its process, its clocks, and the carrying out of
 * what the core asks for.
 *
 *      network, timers, clients --> sim_node_input --> distro_node_step --> carry_out --> network,
 *                                                                trace, observers, its server */
#include "sim/world/observe.h"
#include "sim/world/reality.h"

#define PPB 1000000000
__extension__ typedef __int128 Wide;

typedef enum NodeEvent {
    NODE_WAKE,
    NODE_RESUME,
    NODE_UNSLOW,
    NODE_SERVER, /* the first of its server's timers */
} NodeEvent;

/* payload: | incarnation 24 | kind 4 | index 28 | */
static uint64_t event_word(const SimNode *node, uint32_t event)
{
    const uint64_t payload =
        (uint64_t)(node->incarnation & 0xffffff) << 32 | (uint64_t)event << 28 | node->index;
    return sim_event_word(SIM_EVENT_NODE, payload);
}

void sim_node_set_timer(SimNode *node, int64_t at_us, uint32_t timer)
{
    g_assert_cmpuint(timer, <, 8);
    sim_event_queue_push(node->world->queue, at_us, event_word(node, NODE_SERVER + timer));
}

/* --- clocks ------------------------------------------------------------------------------- */

/* @elapsed * (1 + drift), in 128 bits so that no length of run overflows. */
static int64_t drifted(int64_t elapsed_us, int64_t drift_ppb)
{
    if (drift_ppb == 0) {
        return elapsed_us; /* nearly every node, at every step */
    }
    return elapsed_us + (int64_t)((Wide)elapsed_us * drift_ppb / PPB);
}

static int64_t mono_us(const SimNode *node)
{
    return node->clock_base_mono_us +
           drifted(node->world->now_us - node->clock_base_us, node->drift_ppb);
}

int64_t sim_node_mono_us(const SimNode *node)
{
    return mono_us(node);
}

int64_t sim_node_wall_us(const SimNode *node)
{
    return node->clock_base_wall_us +
           drifted(node->world->now_us - node->clock_base_us, node->drift_ppb);
}

int64_t sim_node_elapsed(const SimNode *node, int64_t at_us)
{
    const int64_t now_us = node->world->now_us;
    if (node->drift_ppb == 0) {
        return at_us - now_us;
    }
    return drifted(at_us - node->clock_base_us, node->drift_ppb) -
           drifted(now_us - node->clock_base_us, node->drift_ppb);
}

/* The first instant of the world at which the node's monotonic clock shows @mono. */
static int64_t world_time_of(const SimNode *node, int64_t mono)
{
    if (mono == INT64_MAX || node->drift_ppb == 0) {
        return mono == INT64_MAX ? INT64_MAX
                                 : node->clock_base_us + (mono - node->clock_base_mono_us);
    }
    const Wide elapsed = (Wide)(mono - node->clock_base_mono_us) * PPB;
    int64_t at_us = node->clock_base_us + (int64_t)(elapsed / (PPB + node->drift_ppb));
    while (node->clock_base_mono_us + drifted(at_us - node->clock_base_us, node->drift_ppb) <
           mono) {
        at_us++;
    }
    return at_us;
}

void sim_node_clock(SimNode *node, const int64_t *offset_us, const int64_t *drift_ppb,
                    int64_t step_us)
{
    const int64_t mono = mono_us(node);
    int64_t wall = sim_node_wall_us(node) + step_us;
    if (offset_us != NULL) {
        wall = SIM_EPOCH_US + node->world->now_us + *offset_us + step_us;
    }
    node->clock_base_us = node->world->now_us;
    node->clock_base_mono_us = mono;
    node->clock_base_wall_us = wall;
    if (drift_ppb != NULL) {
        node->drift_ppb = *drift_ppb;
    }
    sim_world_trace(node->world, SIM_TRACE_NODE_CLOCK, node->index, SIM_NO_ENDPOINT, 0,
                    wall - SIM_EPOCH_US - node->world->now_us);
    if (node->alive && !node->paused) {
        DistroInput wake = { .kind = DISTRO_INPUT_WAKE };
        sim_node_input(node, &wake);
    }
}

/* --- carrying out effects ----------------------------------------------------------------- */

static SimEndpoint endpoint_at(const SimWorld *world, DistroName address)
{
    const SimNode *node = sim_world_node_at(world, address);
    return node != NULL ? sim_node_endpoint(node->index) : SIM_NO_ENDPOINT;
}

/* The network knows calls and no connects, so which of the two time-outs it will be is chosen when
 * the call is made, as sim/client/http.c does. */
static int64_t call_timeout(const SimNode *node, SimEndpoint to, const DistroEffect *effect)
{
    const bool connects =
        effect->send.connect_us > 0 &&
        sim_network_is_black_hole(node->world->network, sim_node_endpoint(node->index), to);
    return connects ? effect->send.connect_us : effect->send.timeout_us;
}

static void carry_out_send(SimNode *node, const DistroEffect *effect)
{
    const SimEndpoint to = endpoint_at(node->world, effect->send.ticket.peer);
    g_assert(to != SIM_NO_ENDPOINT);
    const SimOp op = sim_op_of(distro_wire_op(&effect->send.frame));
    const SimCall call = {
        .from = sim_node_endpoint(node->index),
        .to = to,
        .op = op,
        .by_connection = effect->send.by_connection,
        .opens = effect->send.opens,
        .path = effect->send.path,
        .timeout_us = call_timeout(node, to, effect),
        .bytes = effect->send.frame.json_size,
        .ticket = effect->send.ticket,
        .frame = effect->send.frame,
        /* DistroFilter waits for the answer on the thread that serves the client. */
        .payload = { op == SIM_OP_FORWARD && node->world->server_side->forwards(node) },
    };
    sim_network_call(node->world->network, node->world->now_us, &call);
}

/* A replica that merely loses a service is not told (DistroClientDataProcessor#upgradeClient). */
static void tell_beside(SimNode *node, const DistroEffect *effect)
{
    const SimBeside *beside = node->world->beside;
    const bool is_heard = effect->view.path == DISTRO_PATH_LOCAL ||
                          effect->view.after != DISTRO_NONE ||
                          !distro_node_client(node->core, effect->view.client).present;
    if (is_heard) {
        beside->published(beside->data, node, effect->view.service, effect->view.before,
                          effect->view.after);
    }
}

static void carry_out_view(SimNode *node, const DistroEffect *effect)
{
    SimWorld *world = node->world;
    /* The core cannot know whether the CHANGE it applied was a retry or a repair; the call does. */
    const DistroPath path =
        effect->view.path == DISTRO_PATH_PUSH ? node->delivering_path : effect->view.path;
    sim_world_trace(world, SIM_TRACE_VIEW, node->index, SIM_NO_ENDPOINT, effect->view.client,
                    (int64_t)((uint64_t)effect->view.before << 32 | effect->view.after));
    const SimViewNews news = {
        .node = node->index,
        .client = effect->view.client,
        .service = effect->view.service,
        .before = effect->view.before,
        .after = effect->view.after,
        .path = path,
    };
    sim_tell_view_changed(world, &news);
    if (world->beside != NULL) {
        tell_beside(node, effect);
    }
    world->server_side->on_view(node, effect->view.service, effect->view.client,
                                effect->view.before);
    world->changed = true;
}

static void note_member_event(SimNode *node, DistroEventKind event)
{
    switch (event) {
    case DISTRO_EVENT_LOADED:
        node->loaded = true;
        sim_tell_node_loaded(node->world, node);
        node->world->changed = true;
        break;
    case DISTRO_EVENT_READY:
        node->ready = true;
        node->world->changed = true;
        break;
    case DISTRO_EVENT_OWNERS_CHANGED:
    case DISTRO_EVENT_MEMBER_ADDED:
    case DISTRO_EVENT_MEMBER_REMOVED:
    case DISTRO_EVENT_MEMBER_UP:
    case DISTRO_EVENT_MEMBER_SUSPICIOUS:
    case DISTRO_EVENT_MEMBER_DOWN:
    case DISTRO_EVENT_RPC_CONNECTED:
    case DISTRO_EVENT_RPC_LOST:
        node->world->changed = true;
        break;
    default:
        break;
    }
}

static void carry_out_event(SimNode *node, const DistroEffect *effect)
{
    const SimEndpoint peer = effect->event.peer == DISTRO_NONE
                                 ? SIM_NO_ENDPOINT
                                 : endpoint_at(node->world, effect->event.peer);
    const SimTraceKind kind = sim_trace_kind_of(effect->event.event);
    if (kind >= SIM_TRACE_FIRST_NOTE) {
        const SimRecord record = { .at_us = node->world->now_us,
                                   .kind = (uint16_t)kind,
                                   .op = SIM_N_OPS,
                                   .subject = sim_node_endpoint(node->index),
                                   .object = peer,
                                   .client = effect->event.client,
                                   .value = effect->event.value };
        sim_trace_note(node->world->trace, &record);
        return;
    }
    sim_world_trace(node->world, kind, node->index, peer, effect->event.client,
                    effect->event.value);
    note_member_event(node, effect->event.event);
    if ((node->world->wanted_events >> effect->event.event & 1) == 0) {
        return;
    }
    const SimCoreNews news = {
        .node = node->index,
        .event = effect->event.event,
        .peer_node = peer == SIM_NO_ENDPOINT ? UINT32_MAX : peer,
        .client = effect->event.client,
    };
    sim_tell_core_event(node->world, &news);
}

void sim_node_carry_out(SimNode *node, const DistroEffect *effect)
{
    SimWorld *world = node->world;
    const SimEndpoint self = sim_node_endpoint(node->index);
    switch (effect->kind) {
    case DISTRO_EFFECT_SEND:
        carry_out_send(node, effect);
        break;
    case DISTRO_EFFECT_ANSWER:
        sim_network_answer(world->network, world->now_us, effect->answer.call,
                           &effect->answer.frame, effect->answer.frame.json_size);
        break;
    case DISTRO_EFFECT_REPLY:
        world->server_side->on_reply(node, effect->reply.call, effect->reply.status);
        break;
    case DISTRO_EFFECT_VIEW:
        carry_out_view(node, effect);
        break;
    case DISTRO_EFFECT_PROBE:
        world->server_side->on_probe(node, &effect->probe.ticket, effect->probe.client,
                                     effect->probe.timeout_us);
        break;
    case DISTRO_EFFECT_CLOSE:
        world->server_side->on_close(node, effect->close.client);
        break;
    case DISTRO_EFFECT_HANG_UP: {
        const SimEndpoint peer = endpoint_at(world, effect->hang_up.peer);
        if (peer != SIM_NO_ENDPOINT && sim_network_connected(world->network, self, peer)) {
            sim_network_disconnect(world->network, world->now_us, self, peer, self);
        }
        break;
    }
    case DISTRO_EFFECT_EVENT:
        carry_out_event(node, effect);
        break;
    case DISTRO_EFFECT_ROUND:
        sim_round_carry_out(node, effect);
        break;
    case DISTRO_EFFECT_MISSES:
        sim_network_answer_digests(world->network, world->now_us, effect->misses.call,
                                   effect->misses.taken, effect->misses.misses,
                                   effect->misses.count);
        break;
    case DISTRO_EFFECT_MATCHED:
        sim_round_matched(node, effect);
        break;
    }
}

/* --- wake-ups ----------------------------------------------------------------------------- */

/* One wake event per node is meant to be the next; an earlier wish queues another and makes the
 * later one stale, which its time then tells. */
static void queue_wake(SimNode *node)
{
    SimWorld *world = node->world;
    if (node->wake_at_us < node->wake_queued_us) {
        node->wake_queued_us = node->wake_at_us;
        sim_event_queue_push(world->queue, MAX(node->wake_at_us, world->now_us),
                             event_word(node, NODE_WAKE));
    }
    if (node->server_stirs) {
        node->server_stirs = false;
        world->server_side->schedule(node);
    }
}

void sim_node_input(SimNode *node, DistroInput *input)
{
    g_assert(node->alive);
    input->now_us = mono_us(node);
    input->wall_us = sim_node_wall_us(node);
    const DistroEffects *effects = distro_node_step(node->core, input);
    node->wake_at_us = world_time_of(node, effects->wake_at_us);
    for (size_t i = 0; i < effects->count; i++) {
        sim_node_carry_out(node, &effects->items[i]);
    }
    queue_wake(node);
}

void sim_node_schedule(SimNode *node)
{
    if (node->core != NULL) {
        queue_wake(node);
    }
}

static void wake(SimNode *node)
{
    if (node->world->now_us != node->wake_queued_us) {
        return; /* an earlier wake-up took its place */
    }
    node->wake_queued_us = INT64_MAX;
    if (node->paused) {
        return;
    }
    if (node->wake_at_us > node->world->now_us) {
        queue_wake(node);
        return;
    }
    DistroInput input = { .kind = DISTRO_INPUT_WAKE };
    sim_node_input(node, &input);
}

/* Tells the host of a real server's process; false if it is simulated. */
static bool act_for_real(SimNode *node, SimRealAct act)
{
    const SimReality *reality = node->world->reality;
    if (reality != NULL) {
        reality->act(reality->data, node, act);
    }
    return reality != NULL;
}

static void resume(SimNode *node)
{
    if (!node->paused || node->world->now_us < node->paused_until_us) {
        return;
    }
    node->paused = false;
    sim_world_trace(node->world, SIM_TRACE_NODE_RESUME, node->index, SIM_NO_ENDPOINT, 0, 0);
    sim_tell_node_resumed(node->world, node);
    if (act_for_real(node, SIM_REAL_RESUME)) {
        node->world->changed = true;
        return;
    }
    /* The timers that came due run first, as a process's do when it is scheduled again; what waits
     * in the sockets follows. */
    DistroInput input = { .kind = DISTRO_INPUT_WAKE };
    sim_node_input(node, &input);
    node->world->server_side->on_resumed(node);
    if (node->world->beside != NULL) {
        node->world->beside->resumed(node->world->beside->data, node);
    }
    sim_network_resume(node->world->network, node->world->now_us, node->index);
    node->world->changed = true;
}

void sim_node_event(SimWorld *world, uint64_t payload)
{
    SimNode *node = sim_world_node(world, (uint32_t)(payload & 0xfffffff));
    const uint32_t event = payload >> 28 & 0xf;
    if (!node->alive || (node->incarnation & 0xffffff) != payload >> 32) {
        return;
    }
    switch (event) {
    case NODE_WAKE:
        wake(node);
        break;
    case NODE_RESUME:
        resume(node);
        break;
    case NODE_UNSLOW:
        if (world->now_us >= node->slow_until_us) {
            node->slow_factor = 1;
        }
        break;
    default:
        world->server_side->on_timer(node, event - NODE_SERVER);
        break;
    }
}

/* --- requests ----------------------------------------------------------------------------- */

void sim_node_serve_peer(SimNode *node, uint64_t id, const SimCall *call)
{
    DistroInput input = { .kind = DISTRO_INPUT_REQUEST };
    input.request.from = sim_node_name_for(sim_world_node(node->world, call->from), node);
    input.request.call = id;
    DistroFrame frame = distro_frame_ref(&call->frame);
    input.request.frame = &frame;
    node->delivering_path = call->path;
    sim_node_input(node, &input);
    node->delivering_path = DISTRO_PATH_PUSH;
    distro_frame_clear(&frame);
}

void sim_node_take_outcome(SimNode *node, const SimCall *call, DistroOutcome outcome,
                           const DistroFrame *frame)
{
    DistroInput input = { .kind = DISTRO_INPUT_OUTCOME };
    input.outcome.ticket = call->ticket;
    input.outcome.outcome = outcome;
    input.outcome.frame = frame;
    sim_node_input(node, &input);
}

/* --- life --------------------------------------------------------------------------------- */

void sim_node_boot(SimNode *node)
{
    SimWorld *world = node->world;
    SimPrng lateness = sim_prng_stream_n(world->seed, "lateness/n", node->index);
    g_assert(!node->alive);
    node->alive = true;
    node->paused = false;
    node->loaded = false;
    node->ready = false;
    node->slow_factor = 1;
    node->incarnation++;
    node->booted_us = world->now_us;
    node->wake_at_us = INT64_MAX;
    node->wake_queued_us = INT64_MAX;
    node->config.lateness_seed = world->spec->exact_timers ? 0 : 1 | sim_prng_u64(&lateness);
    if (world->reality == NULL) {
        node->core = distro_node_new(&node->config, node->address_name, world->dictionary);
        world->server_side->boot(node);
    }
    sim_network_set_rules(world->network, node->index, &node->config);
    sim_network_up(world->network, node->index);
    sim_world_trace(world, SIM_TRACE_NODE_BOOT, node->index, SIM_NO_ENDPOINT, 0, node->incarnation);
    sim_tell_node_up(world, node);
    sim_world_tell_booted(node);
    if (!act_for_real(node, SIM_REAL_BOOT)) {
        DistroInput input = { .kind = DISTRO_INPUT_BOOT };
        input.members.addresses = (const DistroName *)(const void *)node->members->data;
        input.members.count = node->members->len;
        sim_node_input(node, &input);
    }
    if (world->beside != NULL) {
        world->beside->booted(world->beside->data, node);
    }
    world->changed = true;
}

static void end_process(SimNode *node, SimTraceKind how)
{
    SimWorld *world = node->world;
    if (world->beside != NULL) {
        world->beside->ending(world->beside->data, node, how == SIM_TRACE_NODE_STOP);
    }
    node->alive = false;
    node->loaded = false;
    node->ready = false;
    if (node->paused) {
        node->paused = false;
        sim_tell_node_resumed(world, node);
    }
    sim_world_trace(world, how, node->index, SIM_NO_ENDPOINT, 0, 0);
    sim_network_down(world->network, node->index, false);
    if (!act_for_real(node, how == SIM_TRACE_NODE_CRASH ? SIM_REAL_CRASH : SIM_REAL_STOP)) {
        world->server_side->end(node);
        distro_node_free(node->core);
        node->core = NULL;
    }
    const SimNodeEndNews news = { node, how == SIM_TRACE_NODE_CRASH };
    sim_tell_node_down(world, &news);
    world->changed = true;
}

void sim_node_crash(SimNode *node)
{
    if (node->alive) {
        end_process(node, SIM_TRACE_NODE_CRASH);
    }
}

void sim_node_stop(SimNode *node)
{
    if (node->alive) {
        end_process(node, SIM_TRACE_NODE_STOP);
    }
}

void sim_node_restart(SimNode *node)
{
    sim_node_crash(node);
    sim_node_boot(node);
}

void sim_node_pause(SimNode *node, int64_t for_us)
{
    SimWorld *world = node->world;
    if (!node->alive) {
        return;
    }
    if (!node->paused) {
        node->paused = true;
        node->paused_until_us = world->now_us;
        sim_network_pause(world->network, node->index);
        act_for_real(node, SIM_REAL_PAUSE);
        sim_world_trace(world, SIM_TRACE_NODE_PAUSE, node->index, SIM_NO_ENDPOINT, 0, for_us);
        sim_tell_node_paused(world, node);
    }
    node->paused_until_us = MAX(node->paused_until_us, world->now_us + for_us);
    sim_event_queue_push(world->queue, node->paused_until_us, event_word(node, NODE_RESUME));
}

void sim_node_slow(SimNode *node, double factor, int64_t for_us)
{
    SimWorld *world = node->world;
    if (!node->alive) {
        return;
    }
    node->slow_factor = factor;
    node->slow_until_us = world->now_us + for_us;
    sim_world_trace(world, SIM_TRACE_NODE_SLOW, node->index, SIM_NO_ENDPOINT, 0, for_us);
    sim_event_queue_push(world->queue, node->slow_until_us, event_word(node, NODE_UNSLOW));
}

void sim_node_set_profile(SimNode *node, const char *profile, const DistroConfig *config)
{
    const bool standalone = node->config.standalone;
    g_free(node->profile);
    node->profile = g_strdup(profile);
    node->config = *config;
    node->config.standalone = standalone;
}

void sim_node_free(gpointer data)
{
    SimNode *node = data;
    node->world->server_side->free(node);
    distro_node_free(node->core);
    g_array_unref(node->members);
    g_free(node->name);
    g_free(node->address);
    g_free(node->profile);
    g_free(node);
}

/* --- members ------------------------------------------------------------------------------ */

void sim_node_tell_members(SimNode *node)
{
    if (!node->alive || act_for_real(node, SIM_REAL_MEMBERS)) {
        return;
    }
    DistroInput input = { .kind = DISTRO_INPUT_MEMBERS };
    input.members.addresses = (const DistroName *)(const void *)node->members->data;
    input.members.count = node->members->len;
    sim_node_input(node, &input);
    if (node->world->beside != NULL) {
        node->world->beside->members_changed(node->world->beside->data, node);
    }
    node->world->changed = true;
}

void sim_node_set_members(SimNode *node, SimNode *const *members, size_t count)
{
    g_array_set_size(node->members, 0);
    for (size_t i = 0; i < count; i++) {
        const DistroName name = sim_node_name_for(members[i], node);
        g_array_append_val(node->members, name);
    }
    sim_node_tell_members(node);
}
