/* core/node.c -- distro_node_step(): one switch, one straight handler per input (DistroProtocol).
 */
#include "core/node.h"

/* A wake-up that is later than this finds that the process stood still. */
#define PAUSE_US 1000000

/* --- life --------------------------------------------------------------------------------- */

DistroNode *distro_node_new(const DistroConfig *config, DistroName self,
                            DistroDictionary *dictionary)
{
    g_assert(self != DISTRO_NONE);
    g_assert(dictionary != NULL);
    const DistroBehaviour *behaviour = config->protocol->behaviour;
    g_assert_cmpuint(behaviour->node_size, >=, sizeof(DistroNode));
    DistroNode *node = g_malloc0(behaviour->node_size);
    node->config = *config;
    node->self = self;
    node->dictionary = dictionary;
    node->now_us = INT64_MIN;
    node->bodies = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    node->forwards = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    distro_members_init(&node->members);
    node->behaviour = behaviour;
    behaviour->init(node);
    return node;
}

void distro_node_free(DistroNode *node)
{
    if (node == NULL) {
        return;
    }
    node->behaviour->clear(node);
    distro_members_clear(&node->members);
    g_hash_table_unref(node->forwards);
    g_ptr_array_unref(node->bodies);
    g_free(node->items);
    g_free(node);
}

/* --- effects ------------------------------------------------------------------------------ */

DistroEffect *distro_emit(DistroNode *node, DistroEffectKind kind)
{
    if (node->effects.count == node->item_room) {
        node->item_room = MAX(16, 2 * node->item_room);
        node->items = g_renew(DistroEffect, node->items, node->item_room);
    }
    DistroEffect *effect = &node->items[node->effects.count++];
    effect->kind = kind;
    return effect;
}

void distro_emit_event(DistroNode *node, DistroEventKind event, DistroName peer,
                       DistroClient client, int64_t value)
{
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_EVENT);
    effect->event.event = event;
    effect->event.peer = peer;
    effect->event.client = client;
    effect->event.value = value;
}

void distro_keep_body(DistroNode *node, const DistroFrame *frame)
{
    if (frame->body != NULL) {
        g_ptr_array_add(node->bodies, frame->body);
    }
}

void distro_emit_view(DistroNode *node, DistroClient client, DistroService service,
                      DistroPublication before, DistroPublication after, DistroPath path)
{
    g_assert(client != DISTRO_NONE && service != DISTRO_NONE);
    g_assert(before != after);
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_VIEW);
    effect->view.client = client;
    effect->view.service = service;
    effect->view.before = before;
    effect->view.after = after;
    effect->view.path = path;
}

/* splitmix64's mixing of what makes this period unlike any other. */
int64_t distro_late_us(const DistroNode *node, uint64_t timer)
{
    const uint64_t most_us = (uint64_t)node->config.timer_late_us;
    if (node->config.lateness_seed == 0 || most_us == 0) {
        return 0;
    }
    uint64_t mixed = node->config.lateness_seed + timer * UINT64_C(0x9e3779b97f4a7c15) +
                     (uint64_t)node->now_us * UINT64_C(0xd6e8feb86659fd93);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((mixed ^ mixed >> 31) % (most_us + 1));
}

static void write_frame(DistroNode *node, const DistroMessage *message, DistroFrame *frame)
{
    distro_wire_write(node->dictionary, message, frame);
    distro_keep_body(node, frame);
}

/* All but the frame. */
static DistroEffect *emit_send(DistroNode *node, DistroTicket ticket, int64_t timeout_us,
                               DistroPath path)
{
    g_assert(ticket.peer != DISTRO_NONE && ticket.peer != node->self);
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_SEND);
    effect->send.ticket = ticket;
    effect->send.timeout_us = timeout_us;
    effect->send.path = path;
    effect->send.connect_us = 0;
    effect->send.opens = ticket.purpose == DISTRO_PURPOSE_CONNECT && ticket.action == 1;
    effect->send.by_connection =
        ticket.purpose != DISTRO_PURPOSE_CONNECT && ticket.purpose != DISTRO_PURPOSE_FORWARD;
    return effect;
}

void distro_emit_frame(DistroNode *node, DistroTicket ticket, const DistroFrame *frame,
                       int64_t timeout_us, DistroPath path)
{
    emit_send(node, ticket, timeout_us, path)->send.frame = *frame;
}

void distro_emit_send(DistroNode *node, DistroTicket ticket, const DistroMessage *message,
                      int64_t timeout_us, DistroPath path)
{
    DistroEffect *effect = emit_send(node, ticket, timeout_us, path);
    write_frame(node, message, &effect->send.frame);
}

void distro_emit_http(DistroNode *node, DistroTicket ticket, const DistroMessage *message,
                      int64_t connect_us, int64_t read_us, DistroPath path)
{
    DistroEffect *effect = emit_send(node, ticket, read_us, path);
    effect->send.connect_us = connect_us;
    effect->send.by_connection = false;
    write_frame(node, message, &effect->send.frame);
}

void distro_emit_answer(DistroNode *node, uint64_t call, const DistroMessage *message)
{
    g_assert(message->answer);
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_ANSWER);
    effect->answer.call = call;
    write_frame(node, message, &effect->answer.frame);
}

void distro_emit_status(DistroNode *node, uint64_t call, const DistroMessage *request,
                        DistroStatus status)
{
    const DistroMessage message = { .op = request->op,
                                    .http = request->http,
                                    .answer = true,
                                    .status = status,
                                    .target = node->self };
    distro_emit_answer(node, call, &message);
}

static bool is_error_response(DistroStatus status)
{
    return status == DISTRO_STATUS_ERROR_STARTING || status == DISTRO_STATUS_UNREGISTERED ||
           status == DISTRO_STATUS_NO_HANDLER || status == DISTRO_STATUS_BAD_PAYLOAD;
}

bool distro_is_response(DistroOutcome outcome, const DistroMessage *answer)
{
    return outcome == DISTRO_OUTCOME_ANSWERED && !is_error_response(answer->status);
}

void distro_emit_reply(DistroNode *node, uint64_t call, DistroStatus status)
{
    if (call == 0) {
        return;
    }
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_REPLY);
    effect->reply.call = call;
    effect->reply.status = status;
}

/* --- handlers, one per input -------------------------------------------------------------- */

static void boot(DistroNode *node, const DistroInput *input)
{
    g_assert(!node->booted);
    g_assert_cmpuint(node->members.list->len, ==, 0);
    node->booted = true;
    distro_members_change(node, input->members.addresses, input->members.count);
    distro_members_boot(node);
    node->behaviour->boot(node);
    distro_load_boot(node);
}

static bool is_spoken(const DistroNode *node, const DistroMessage *message)
{
    return distro_protocol_speaks(node->config.protocol, message->op, message->http);
}

/* A path or a request type that this release has no handler for. Releases of 2.x before 2.2.0 did
 * speak both protocols while they were being upgraded to; that double writing is not modelled. */
static void reject_unspoken(DistroNode *node, uint64_t call, const DistroMessage *message)
{
    distro_emit_status(node, call, message,
                       message->http ? DISTRO_STATUS_HTTP_UNKNOWN_API : DISTRO_STATUS_NO_HANDLER);
}

static void request(DistroNode *node, const DistroInput *input)
{
    static const DistroMessage UNREADABLE = { .op = DISTRO_OP_HEALTH };
    DistroMessage message;
    const uint64_t call = input->request.call;
    node->from = input->request.from;
    if (distro_wire_decode(node->dictionary, input->request.frame, &message) != DISTRO_WIRE_OK ||
        message.answer) {
        distro_emit_status(node, call, &UNREADABLE, DISTRO_STATUS_BAD_PAYLOAD);
        return;
    }
    if (input->request.frame->json_size > node->config.max_request_bytes) {
        distro_emit_status(node, call, &message, DISTRO_STATUS_BAD_PAYLOAD);
        return;
    }
    switch (message.op) {
    case DISTRO_OP_HEALTH:
    case DISTRO_OP_CONNECT:
        distro_emit_status(node, call, &message, DISTRO_STATUS_OK);
        break;
    case DISTRO_OP_REPORT:
        distro_members_report_received(node, message.target);
        distro_emit_status(node, call, &message, DISTRO_STATUS_OK);
        break;
    case DISTRO_OP_FORWARD:
        distro_filter_forwarded(node, call, &message.write);
        break;
    default:
        if (is_spoken(node, &message)) {
            node->behaviour->request(node, call, &message);
        } else {
            reject_unspoken(node, call, &message);
        }
        break;
    }
}

/* What the answer to a call must be an answer to. */
static DistroOp op_asked(DistroTicket ticket)
{
    switch ((DistroPurpose)ticket.purpose) {
    case DISTRO_PURPOSE_LOAD:
        return DISTRO_OP_SNAPSHOT;
    case DISTRO_PURPOSE_REPORT:
        return DISTRO_OP_REPORT;
    case DISTRO_PURPOSE_HEALTH:
        return DISTRO_OP_HEALTH;
    case DISTRO_PURPOSE_CONNECT:
        return DISTRO_OP_CONNECT;
    case DISTRO_PURPOSE_FORWARD:
        return DISTRO_OP_FORWARD;
    case DISTRO_PURPOSE_PROTOCOL:
        return ticket.action;
    case DISTRO_PURPOSE_PROBE:
        break; /* a client answers it, not a peer */
    }
    g_assert_not_reached();
}

/* An answer to something else is none; only an error response does not say what it answers. */
static bool read_answer(DistroNode *node, const DistroInput *input, DistroMessage *answer)
{
    if (distro_wire_decode(node->dictionary, input->outcome.frame, answer) != DISTRO_WIRE_OK ||
        !answer->answer) {
        return false;
    }
    return is_error_response(answer->status) ||
           (answer->op == op_asked(input->outcome.ticket) && is_spoken(node, answer));
}

static void outcome(DistroNode *node, const DistroInput *input)
{
    const DistroTicket ticket = input->outcome.ticket;
    DistroOutcome how = input->outcome.outcome;
    DistroMessage answer = { 0 };
    if (how == DISTRO_OUTCOME_ANSWERED && ticket.purpose != DISTRO_PURPOSE_PROBE &&
        !read_answer(node, input, &answer)) {
        how = DISTRO_OUTCOME_BROKEN; /* what cannot be parsed is an exception for the caller */
    }
    switch ((DistroPurpose)ticket.purpose) {
    case DISTRO_PURPOSE_LOAD:
        distro_load_outcome(node, ticket, how, input->outcome.frame, &answer);
        break;
    case DISTRO_PURPOSE_REPORT:
        distro_members_report_outcome(node, ticket, how, &answer);
        break;
    case DISTRO_PURPOSE_HEALTH:
        distro_rpc_health_outcome(node, ticket, how, &answer);
        break;
    case DISTRO_PURPOSE_CONNECT:
        distro_rpc_connect_outcome(node, ticket, how, &answer);
        break;
    case DISTRO_PURPOSE_FORWARD:
        distro_filter_outcome(node, ticket, how, &answer);
        break;
    case DISTRO_PURPOSE_PROBE:
        node->behaviour->probed(node, ticket, how);
        break;
    case DISTRO_PURPOSE_PROTOCOL:
        node->behaviour->outcome(node, ticket, how, &answer);
        break;
    }
}

static void link_lost(DistroNode *node, DistroName peer)
{
    DistroMember *member = distro_members_find(node, peer, 0);
    if (member != NULL) {
        distro_rpc_lost(node, member);
    }
}

static void members(DistroNode *node, const DistroInput *input)
{
    if (node->behaviour->members_change != NULL) {
        node->behaviour->members_change(node);
    }
    distro_members_change(node, input->members.addresses, input->members.count);
}

static void run_timers(DistroNode *node)
{
    distro_members_wake(node);
    distro_load_wake(node);
    node->behaviour->wake(node);
}

static void operation(DistroNode *node, const DistroInput *input)
{
    if (input->operation.kind == DISTRO_OPERATION_WRITE) {
        distro_filter(node, input->operation.call, &input->operation.write);
        return;
    }
    distro_emit_reply(node, input->operation.call, node->behaviour->operate(node, input));
}

/* --- the step ----------------------------------------------------------------------------- */

/* livedClock: a clock that is never set, and that stops while the process does. A node is
 * woken in time, or it was not running: it asks for a wake-up every few seconds (the cleaners'). */
static int64_t lived_us(DistroNode *node, const DistroInput *input)
{
    if (input->kind == DISTRO_INPUT_BOOT) {
        node->lived_from_us = input->wall_us - input->now_us;
    } else if (node->effects.wake_at_us < input->now_us - PAUSE_US) {
        node->lived_from_us -= input->now_us - node->effects.wake_at_us;
    }
    return input->now_us + node->lived_from_us;
}

static void begin(DistroNode *node, const DistroInput *input)
{
    g_assert_cmpint(input->now_us, >=, node->now_us);
    g_assert(node->booted || input->kind == DISTRO_INPUT_BOOT);
    node->now_us = input->now_us;
    node->wall_us = node->config.lived_clock ? lived_us(node, input) : input->wall_us;
    node->effects.count = 0;
    if (node->bodies->len > 0) {
        g_ptr_array_set_size(node->bodies, 0);
    }
}

/* VERIFY renews leases, which the cleaner reads at its own times: no deadline is nearer or
 * further than before. */
static bool moves_deadlines(const DistroInput *input)
{
    return input->kind != DISTRO_INPUT_VERIFY &&
           !(input->kind == DISTRO_INPUT_VERIFIED && input->verified.miss_count == 0);
}

static int64_t next_wake(DistroNode *node)
{
    const int64_t members_at_us = distro_members_wake_at(node);
    const int64_t load_at_us = distro_load_wake_at(node);
    const int64_t protocol_at_us = node->behaviour->wake_at(node);
    return MIN(MIN(members_at_us, load_at_us), protocol_at_us);
}

static const DistroEffects *end(DistroNode *node, const DistroInput *input)
{
    node->effects.items = node->items;
    if (moves_deadlines(input)) {
        node->effects.wake_at_us = next_wake(node);
    }
    return &node->effects;
}

const DistroEffects *distro_node_step(DistroNode *node, const DistroInput *input)
{
    begin(node, input);
    switch (input->kind) {
    case DISTRO_INPUT_BOOT:
        boot(node, input);
        run_timers(node);
        break;
    case DISTRO_INPUT_WAKE:
        run_timers(node);
        break;
    case DISTRO_INPUT_REQUEST:
        request(node, input);
        break;
    case DISTRO_INPUT_OUTCOME:
        outcome(node, input);
        break;
    case DISTRO_INPUT_LINK_LOST:
        link_lost(node, input->link_lost.peer);
        break;
    case DISTRO_INPUT_MEMBERS:
        members(node, input);
        break;
    case DISTRO_INPUT_OPERATION:
        operation(node, input);
        break;
    case DISTRO_INPUT_VERIFY:
        node->behaviour->verify(node, input);
        break;
    case DISTRO_INPUT_VERIFIED:
        node->behaviour->verified(node, input);
        break;
    }
    return end(node, input);
}
