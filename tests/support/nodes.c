/* tests/support/nodes.c -- hosts for nodes, as small as they can be. */
#include "tests/support/nodes.h"

#include "core/profile.h"
#include "core/v1/lists.h"

#include <string.h>

#define WALL_START_US S(1700000000)

/* --- words to numbers ---------------------------------------------------------------------- */

static GArray *names_of(DistroDictionary *dictionary, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    GArray *names = g_array_new(false, false, sizeof(DistroName));
    for (char **word = words; *word != NULL; word++) {
        const DistroName name = distro_dictionary_name(dictionary, *word);
        g_array_append_val(names, name);
    }
    return names;
}

static DistroService service_of(DistroDictionary *dictionary, const char *service)
{
    return distro_dictionary_service(dictionary, "public", "DEFAULT_GROUP", service);
}

/* "10.0.0.7:8080#true" stands at 10.0.0.7:8080, a connection anywhere. */
static DistroPublication publication_of(DistroDictionary *dictionary, const char *client,
                                        const char *service, bool healthy, const char *cluster,
                                        DistroExt ext)
{
    g_auto(GStrv) parts = g_strsplit_set(client, ":#", 3);
    const bool beating = g_strv_length(parts) == 3;
    const DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, beating ? parts[0] : "10.0.0.9"),
        .port = beating ? (int32_t)g_ascii_strtoll(parts[1], NULL, 10) : 9,
        .healthy = healthy,
        .cluster = distro_dictionary_name(dictionary, cluster),
        .ext = ext,
    };
    const DistroService number = service_of(dictionary, service);
    const DistroListing listing = distro_dictionary_listing(dictionary, number, &instance);
    return distro_dictionary_publication(dictionary, number, false, &listing, 1);
}

static DistroInput operation(DistroDictionary *dictionary, DistroOperationKind kind,
                             const char *client, const char *service)
{
    DistroInput input = { .kind = DISTRO_INPUT_OPERATION };
    input.operation.kind = kind;
    input.operation.client = distro_dictionary_client(dictionary, client);
    if (service != NULL) {
        input.operation.service = service_of(dictionary, service);
        input.operation.publication =
            publication_of(dictionary, client, service, true, "DEFAULT", 0);
    }
    return input;
}

static DistroInput write_input(DistroDictionary *dictionary, DistroWriteKind kind,
                               const char *client, DistroService service,
                               DistroPublication publication, uint64_t call)
{
    const bool carries = kind == DISTRO_WRITE_REGISTER || kind == DISTRO_WRITE_BEAT;
    DistroInput input = { .kind = DISTRO_INPUT_OPERATION };
    input.operation.kind = DISTRO_OPERATION_WRITE;
    input.operation.call = call;
    input.operation.write = (DistroWrite) {
        .kind = kind,
        .client = distro_dictionary_client(dictionary, client),
        .service = service,
        .publication = carries ? publication : DISTRO_NONE,
    };
    return input;
}

DistroPublication node_publication(Node *node, const char *client, const char *service,
                                   bool healthy, const char *cluster, DistroExt ext)
{
    return publication_of(node->dictionary, client, service, healthy, cluster, ext);
}

DistroClient node_client(Node *node, const char *client)
{
    return distro_dictionary_client(node->dictionary, client);
}

const char *node_client_of(Node *node, const char *owner)
{
    const DistroName wanted = node_name(node, owner);
    for (int i = 1;; i++) {
        g_assert_cmpint(i, <, 250);
        g_autofree char *id = g_strdup_printf("10.0.1.%d:80#true", i);
        const DistroClientInfo *info =
            distro_dictionary_client_info(node->dictionary, node_client(node, id));
        if (distro_node_owner(node->core, info->tag_hash) == wanted) {
            return info->id;
        }
    }
}

DistroService node_service(Node *node, const char *service)
{
    return service_of(node->dictionary, service);
}

DistroName node_name(Node *node, const char *text)
{
    return distro_dictionary_name(node->dictionary, text);
}

DistroClientView node_view(Node *node, const char *client)
{
    return distro_node_client(node->core, node_client(node, client));
}

/* --- life of a node ------------------------------------------------------------------------ */

static void free_seen(gpointer data)
{
    Seen *seen = data;
    if (seen->effect.kind == DISTRO_EFFECT_SEND) {
        distro_frame_clear(&seen->effect.send.frame);
    } else if (seen->effect.kind == DISTRO_EFFECT_ANSWER) {
        distro_frame_clear(&seen->effect.answer.frame);
    }
    g_free(seen);
}

Node *node_new(const DistroConfig *config, const char *members)
{
    Node *node = g_new0(Node, 1);
    node->dictionary = distro_dictionary_new();
    g_autoptr(GArray) names = names_of(node->dictionary, members);
    node->self = g_array_index(names, DistroName, 0);
    node->core = distro_node_new(config, node->self, node->dictionary);
    node->wake_at_us = INT64_MAX;
    node->silent = g_ptr_array_new();
    node->refusing = g_ptr_array_new();
    node->seen = g_ptr_array_new_with_free_func(free_seen);
    return node;
}

Node *node_with(const DistroConfig *config, const char *members)
{
    Node *node = node_new(config, members);
    node->obliging = HOUSEKEEPING;
    node_boot(node, members);
    node_pass(node, MS(50));
    g_assert_true(distro_node_state(node->core).initialised);
    node_forget(node);
    return node;
}

Node *node_among(const char *members)
{
    const DistroConfig config = distro_config_default();
    return node_with(&config, members);
}

Node *node_v1_among(const char *members)
{
    const DistroConfig config = distro_profile_config(distro_profile_find("nacos-1.4"));
    return node_with(&config, members);
}

const char *node_service_of(Node *node, const char *owner)
{
    const DistroName wanted = node_name(node, owner);
    for (int i = 1;; i++) {
        g_assert_cmpint(i, <, 250);
        g_autofree char *name = g_strdup_printf("shop-%d", i);
        const DistroServiceInfo *info =
            distro_dictionary_service_info(node->dictionary, node_service(node, name));
        if (distro_node_owner(node->core, info->tag_hash) == wanted) {
            return distro_dictionary_text(node->dictionary, info->name);
        }
    }
}

void node_free(Node *node)
{
    if (node == NULL) {
        return;
    }
    g_ptr_array_unref(node->seen);
    g_ptr_array_unref(node->silent);
    g_ptr_array_unref(node->refusing);
    distro_node_free(node->core);
    distro_dictionary_free(node->dictionary);
    g_free(node);
}

/* --- what it did --------------------------------------------------------------------------- */

static Seen *seen_at(const Node *node, guint index)
{
    return g_ptr_array_index(node->seen, index);
}

static void decode(const DistroDictionary *dictionary, const DistroFrame *frame,
                   DistroMessage *message)
{
    const DistroWireError error = distro_wire_decode(dictionary, frame, message);
    g_assert_cmpint(error, ==, DISTRO_WIRE_OK);
}

static void note(Node *node, const DistroEffect *effect);

/* This host makes a round's calls one by one. */
static void note_round(Node *node, const DistroEffect *round)
{
    uint32_t count;
    distro_round_digests(round, &count);
    for (uint32_t i = 0; i < round->round.peer_count * count; i++) {
        DistroEffect single[2];
        distro_round_single(node->dictionary, round, i / count, i % count, single);
        note(node, &single[0]);
        note(node, &single[1]);
    }
}

static void note(Node *node, const DistroEffect *effect)
{
    if (effect->kind == DISTRO_EFFECT_ROUND) {
        note_round(node, effect);
        return;
    }
    Seen *seen = g_new0(Seen, 1);
    seen->at_us = node->now_us;
    seen->effect = *effect;
    seen->open = effect->kind == DISTRO_EFFECT_SEND || effect->kind == DISTRO_EFFECT_PROBE;
    if (effect->kind == DISTRO_EFFECT_SEND) {
        seen->effect.send.frame = distro_frame_ref(&effect->send.frame);
        decode(node->dictionary, &effect->send.frame, &seen->message);
    } else if (effect->kind == DISTRO_EFFECT_ANSWER) {
        seen->effect.answer.frame = distro_frame_ref(&effect->answer.frame);
        decode(node->dictionary, &effect->answer.frame, &seen->message);
    }
    g_ptr_array_add(node->seen, seen);
}

static bool is_sent(const Node *node, const Seen *seen, DistroOp op, const char *peer)
{
    return seen->effect.kind == DISTRO_EFFECT_SEND && seen->message.op == op &&
           (peer == NULL ||
            strcmp(distro_dictionary_text(node->dictionary, seen->effect.send.ticket.peer), peer) ==
                0);
}

Seen *node_nth_sent(const Node *node, DistroOp op, const char *peer, guint n)
{
    for (guint i = node->mark; i < node->seen->len; i++) {
        if (is_sent(node, seen_at(node, i), op, peer) && n-- == 0) {
            return seen_at(node, i);
        }
    }
    return NULL;
}

Seen *node_last_sent(const Node *node, DistroOp op, const char *peer)
{
    const guint count = node_sent(node, op, peer);
    g_assert_cmpuint(count, >, 0);
    return node_nth_sent(node, op, peer, count - 1);
}

guint node_sent(const Node *node, DistroOp op, const char *peer)
{
    guint count = 0;
    for (guint i = node->mark; i < node->seen->len; i++) {
        count += is_sent(node, seen_at(node, i), op, peer);
    }
    return count;
}

guint node_effects(const Node *node, DistroEffectKind kind)
{
    guint count = 0;
    for (guint i = node->mark; i < node->seen->len; i++) {
        count += seen_at(node, i)->effect.kind == kind;
    }
    return count;
}

guint node_events(const Node *node, DistroEventKind event)
{
    guint count = 0;
    for (guint i = node->mark; i < node->seen->len; i++) {
        const DistroEffect *effect = &seen_at(node, i)->effect;
        count += effect->kind == DISTRO_EFFECT_EVENT && effect->event.event == event;
    }
    return count;
}

Seen *node_last(const Node *node, DistroEffectKind kind)
{
    for (guint i = node->seen->len; i-- > node->mark;) {
        if (seen_at(node, i)->effect.kind == kind) {
            return seen_at(node, i);
        }
    }
    return NULL;
}

void node_forget(Node *node)
{
    node->mark = node->seen->len;
}

const DistroMemberInfo *node_member(const Node *node, const char *address)
{
    size_t count;
    const DistroMemberInfo *members = distro_node_members(node->core, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(distro_dictionary_text(node->dictionary, members[i].address), address) == 0) {
            return &members[i];
        }
    }
    return NULL;
}

/* --- stepping ------------------------------------------------------------------------------ */

static void step_once(Node *node, DistroInput *input)
{
    input->now_us = node->now_us;
    input->wall_us = WALL_START_US + node->now_us + node->wall_step_us;
    const DistroEffects *effects = distro_node_step(node->core, input);
    node->wake_at_us = effects->wake_at_us;
    for (size_t i = 0; i < effects->count; i++) {
        note(node, &effects->items[i]);
    }
}

static void end_call(Node *node, Seen *call, DistroOutcome outcome, const DistroFrame *frame)
{
    g_assert_true(call->open);
    call->open = false;
    DistroInput input = { .kind = DISTRO_INPUT_OUTCOME };
    input.outcome.ticket = call->effect.kind == DISTRO_EFFECT_PROBE ? call->effect.probe.ticket
                                                                    : call->effect.send.ticket;
    input.outcome.outcome = outcome;
    input.outcome.frame = frame;
    step_once(node, &input);
}

static DistroFrame answer_to(const Node *node, const Seen *call, DistroStatus status)
{
    const DistroMessage answer = {
        .op = call->message.op,
        .answer = true,
        .http = call->message.http,
        .status = status,
        .target = call->effect.send.ticket.peer,
        .write = { .kind = call->message.write.kind },
    };
    return distro_wire_encode(node->dictionary, &answer);
}

static bool lists(GPtrArray *peers, const Node *node, const Seen *call)
{
    const char *peer = distro_dictionary_text(node->dictionary, call->effect.send.ticket.peer);
    return g_ptr_array_find_with_equal_func(peers, peer, g_str_equal, NULL);
}

/* What the peers do by themselves with a new call. */
static void oblige(Node *node, guint index)
{
    Seen *call = seen_at(node, index);
    if (!call->open || call->effect.kind != DISTRO_EFFECT_SEND || lists(node->silent, node, call)) {
        return;
    }
    if (lists(node->refusing, node, call)) {
        end_call(node, call, DISTRO_OUTCOME_REFUSED, NULL);
    } else if (node->obliging >> call->message.op & 1) {
        DistroFrame frame = answer_to(node, call, DISTRO_STATUS_OK);
        end_call(node, call, DISTRO_OUTCOME_ANSWERED, &frame);
    }
}

static void oblige_from(Node *node, guint index)
{
    for (; index < node->seen->len; index++) {
        oblige(node, index);
    }
}

void node_step(Node *node, DistroInput *input)
{
    const guint first = node->seen->len;
    step_once(node, input);
    oblige_from(node, first);
}

static int64_t deadline(const Seen *call)
{
    return call->at_us + (call->effect.kind == DISTRO_EFFECT_PROBE ? call->effect.probe.timeout_us
                                                                   : call->effect.send.timeout_us);
}

static Seen *first_to_time_out(const Node *node)
{
    Seen *first = NULL;
    for (guint i = 0; i < node->seen->len; i++) {
        Seen *call = seen_at(node, i);
        if (call->open && (first == NULL || deadline(call) < deadline(first))) {
            first = call;
        }
    }
    return first;
}

/* The earlier of the two happens; false if neither does before @until_us. */
static bool pass_once(Node *node, int64_t until_us)
{
    Seen *late = first_to_time_out(node);
    const int64_t late_us = late != NULL ? deadline(late) : INT64_MAX;
    if (MIN(late_us, node->wake_at_us) > until_us) {
        return false;
    }
    g_assert_cmpint(node->wake_at_us, >=, node->now_us);
    if (late_us <= node->wake_at_us) {
        node->now_us = late_us;
        node_fail(node, late, DISTRO_OUTCOME_TIMED_OUT);
    } else {
        node->now_us = node->wake_at_us;
        DistroInput wake = { .kind = DISTRO_INPUT_WAKE };
        node_step(node, &wake);
    }
    return true;
}

void node_pass(Node *node, int64_t until_us)
{
    while (pass_once(node, until_us)) {
    }
    node->now_us = until_us;
}

void node_answer_with(Node *node, Seen *call, const DistroFrame *frame)
{
    const guint first = node->seen->len;
    end_call(node, call, DISTRO_OUTCOME_ANSWERED, frame);
    oblige_from(node, first);
}

void node_answer(Node *node, Seen *call, DistroStatus status)
{
    if (call->effect.kind == DISTRO_EFFECT_PROBE) {
        node_answer_with(node, call, NULL);
        return;
    }
    const DistroFrame frame = answer_to(node, call, status);
    node_answer_with(node, call, &frame);
}

void node_fail(Node *node, Seen *call, DistroOutcome outcome)
{
    const guint first = node->seen->len;
    end_call(node, call, outcome, NULL);
    oblige_from(node, first);
}

void node_answer_all(Node *node, DistroOp op, DistroStatus status)
{
    for (guint i = 0; i < node->seen->len; i++) {
        if (seen_at(node, i)->open && is_sent(node, seen_at(node, i), op, NULL)) {
            node_answer(node, seen_at(node, i), status);
        }
    }
}

/* --- inputs -------------------------------------------------------------------------------- */

static void list_members(Node *node, DistroInputKind kind, const char *members)
{
    g_autoptr(GArray) names = names_of(node->dictionary, members);
    DistroInput input = { .kind = kind };
    input.members.addresses = (const DistroName *)(const void *)names->data;
    input.members.count = *members == '\0' ? 0 : names->len;
    node_step(node, &input);
}

void node_boot(Node *node, const char *members)
{
    list_members(node, DISTRO_INPUT_BOOT, members);
}

void node_members(Node *node, const char *members)
{
    list_members(node, DISTRO_INPUT_MEMBERS, members);
}

void node_link_lost(Node *node, const char *peer)
{
    DistroInput input = { .kind = DISTRO_INPUT_LINK_LOST };
    input.link_lost.peer = node_name(node, peer);
    node_step(node, &input);
}

void node_operate(Node *node, DistroOperationKind kind, const char *client, const char *service)
{
    DistroInput input = operation(node->dictionary, kind, client, service);
    input.operation.call = 1;
    node_step(node, &input);
}

DistroStatus node_write_of(Node *node, DistroWriteKind kind, const char *client,
                           DistroPublication publication)
{
    const guint first = node->seen->len;
    const DistroService service =
        distro_dictionary_publication_info(node->dictionary, publication)->service;
    DistroInput input = write_input(node->dictionary, kind, client, service, publication, 1);
    node_step(node, &input);
    for (guint i = first; i < node->seen->len; i++) {
        if (seen_at(node, i)->effect.kind == DISTRO_EFFECT_REPLY) {
            return seen_at(node, i)->effect.reply.status;
        }
    }
    return (DistroStatus)0;
}

DistroStatus node_write(Node *node, DistroWriteKind kind, const char *client, const char *service)
{
    return node_write_of(node, kind, client,
                         node_publication(node, client, service, true, "DEFAULT", 0));
}

DistroStatus node_receive(Node *node, const DistroMessage *message)
{
    DistroFrame frame = distro_wire_encode(node->dictionary, message);
    DistroInput input = { .kind = DISTRO_INPUT_REQUEST };
    input.request.from = node_name(node, "b");
    input.request.call = 7;
    input.request.frame = &frame;
    node_step(node, &input);
    distro_frame_clear(&frame);
    return node_last(node, DISTRO_EFFECT_ANSWER)->message.status;
}

DistroStatus node_receive_change(Node *node, const char *client, int32_t revision,
                                 const char *services)
{
    DistroMessage message = {
        .op = DISTRO_OP_CHANGE,
        .client = node_client(node, client),
        .target = node->self,
        .revision = revision,
    };
    g_auto(GStrv) words = g_strsplit(services, ",", -1);
    for (char **word = words; *word != NULL; word++) {
        DistroContent more =
            distro_content_with(node->dictionary, &message.content, node_service(node, *word),
                                node_publication(node, client, *word, true, "DEFAULT", 0));
        distro_content_clear(&message.content);
        message.content = more;
    }
    const DistroStatus status = node_receive(node, &message);
    distro_content_clear(&message.content);
    return status;
}

DistroStatus node_receive_delete(Node *node, const char *client)
{
    const DistroMessage message = { .op = DISTRO_OP_DELETE, .client = node_client(node, client) };
    return node_receive(node, &message);
}

DistroStatus node_receive_datum(Node *node, const char *client, const char *service,
                                int64_t beat_ms)
{
    DistroMessage message = { .op = DISTRO_OP_DATUM };
    GByteArray *list = g_byte_array_new();
    distro_list_add_datum(list, node_service(node, service), 1);
    distro_list_add_instance(list, node_publication(node, client, service, true, "DEFAULT", 0),
                             beat_ms);
    distro_message_take_list(&message, list, 1);
    const DistroStatus status = node_receive(node, &message);
    distro_message_clear(&message);
    return status;
}

DistroStatus node_receive_verify(Node *node, const char *client, int32_t revision)
{
    const DistroMessage message = { .op = DISTRO_OP_VERIFY,
                                    .client = node_client(node, client),
                                    .revision = revision };
    return node_receive(node, &message);
}

/* --- several ------------------------------------------------------------------------------- */

typedef enum MailKind {
    MAIL_REQUEST,
    MAIL_ANSWER,
    MAIL_VERDICT, /* a time-out, or no process listened */
    MAIL_LINK_LOST,
} MailKind;

/* Something on its way, or a time-out that is waited for. */
typedef struct Mail {
    int64_t at_us;
    uint64_t order;
    MailKind kind;
    guint to, from;
    uint64_t call;
    DistroOutcome outcome;
    DistroFrame frame;
} Mail;

typedef struct Call {
    guint from, to;
    uint64_t life; /* of the caller: an answer to one that crashed is dropped */
    DistroTicket ticket;
    bool open;
} Call;

typedef struct Host {
    char *name;
    DistroName address;
    DistroNode *core; /* NULL: not running */
    uint64_t life;
    int64_t wake_at_us;
    guint events[DISTRO_N_EVENTS];
} Host;

struct Cluster {
    DistroDictionary *dictionary;
    DistroConfig config;
    char *members;
    GArray *hosts;
    GArray *mails; /* in no order: there are never many */
    GArray *calls; /* by number */
    int64_t now_us, latency_us;
    uint64_t order, lives;
    ClusterLoss loss;
    DistroStatus reply;
    uint64_t fingerprint;
};

static Host *host_at(const Cluster *cluster, guint index)
{
    return &g_array_index(cluster->hosts, Host, index);
}

static guint host_index(const Cluster *cluster, DistroName address)
{
    guint i = 0;
    while (host_at(cluster, i)->address != address) {
        i++;
        g_assert_cmpuint(i, <, cluster->hosts->len);
    }
    return i;
}

static Host *host_named(const Cluster *cluster, const char *name)
{
    return host_at(cluster,
                   host_index(cluster, distro_dictionary_find_name(cluster->dictionary, name)));
}

Cluster *cluster_new(const DistroConfig *config, const char *members, int64_t latency_us)
{
    Cluster *cluster = g_new0(Cluster, 1);
    cluster->dictionary = distro_dictionary_new();
    cluster->config = *config;
    cluster->members = g_strdup(members);
    cluster->latency_us = latency_us;
    cluster->fingerprint = 14695981039346656037u;
    cluster->hosts = g_array_new(false, true, sizeof(Host));
    cluster->mails = g_array_new(false, true, sizeof(Mail));
    cluster->calls = g_array_new(false, true, sizeof(Call));
    g_autoptr(GArray) names = names_of(cluster->dictionary, members);
    for (guint i = 0; i < names->len; i++) {
        Host host = { .address = g_array_index(names, DistroName, i), .wake_at_us = INT64_MAX };
        host.name = g_strdup(distro_dictionary_text(cluster->dictionary, host.address));
        g_array_append_val(cluster->hosts, host);
    }
    return cluster;
}

void cluster_free(Cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    for (guint i = 0; i < cluster->hosts->len; i++) {
        distro_node_free(host_at(cluster, i)->core);
        g_free(host_at(cluster, i)->name);
    }
    for (guint i = 0; i < cluster->mails->len; i++) {
        distro_frame_clear(&g_array_index(cluster->mails, Mail, i).frame);
    }
    g_array_unref(cluster->hosts);
    g_array_unref(cluster->mails);
    g_array_unref(cluster->calls);
    distro_dictionary_free(cluster->dictionary);
    g_free(cluster->members);
    g_free(cluster);
}

/* FNV-1a, 64 bits. */
static void mix(Cluster *cluster, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        cluster->fingerprint =
            (cluster->fingerprint ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    }
}

static void mix_numbers(Cluster *cluster, const int64_t *numbers, size_t count)
{
    mix(cluster, numbers, count * sizeof *numbers);
}

static void mix_frame(Cluster *cluster, const DistroFrame *frame)
{
    mix(cluster, frame->head, DISTRO_HEAD_SIZE);
    mix_numbers(cluster, (int64_t[]) { frame->json_size }, 1);
    if (frame->body != NULL) {
        mix(cluster, g_bytes_get_data(frame->body, NULL), g_bytes_get_size(frame->body));
    }
}

/* Field by field, since what lies between two fields of a struct is undefined. */
static void mix_effect(Cluster *cluster, guint at, const DistroEffect *e)
{
    mix_numbers(cluster, (int64_t[]) { cluster->now_us, at, e->kind }, 3);
    switch (e->kind) {
    case DISTRO_EFFECT_SEND:
        mix_numbers(cluster,
                    (int64_t[]) { e->send.ticket.peer, e->send.ticket.client, e->send.ticket.serial,
                                  e->send.ticket.purpose, e->send.ticket.action, e->send.timeout_us,
                                  e->send.path, e->send.opens, e->send.by_connection },
                    9);
        mix_frame(cluster, &e->send.frame);
        break;
    case DISTRO_EFFECT_ANSWER:
        mix_frame(cluster, &e->answer.frame);
        break;
    case DISTRO_EFFECT_VIEW:
        mix_numbers(cluster,
                    (int64_t[]) { e->view.client, e->view.service, e->view.before, e->view.after,
                                  e->view.path },
                    5);
        break;
    case DISTRO_EFFECT_EVENT:
        mix_numbers(cluster,
                    (int64_t[]) { e->event.event, e->event.peer, e->event.client, e->event.value },
                    4);
        break;
    default:
        break;
    }
}

static void post(Cluster *cluster, Mail mail, int64_t after_us)
{
    mail.at_us = cluster->now_us + after_us;
    mail.order = ++cluster->order;
    g_array_append_val(cluster->mails, mail);
}

static bool is_lost(const Cluster *cluster, guint from, guint to, const DistroFrame *frame)
{
    DistroMessage message;
    decode(cluster->dictionary, frame, &message);
    return cluster->loss != NULL &&
           cluster->loss(host_at(cluster, from)->name, host_at(cluster, to)->name, &message);
}

static void carry_call(Cluster *cluster, guint from, const DistroEffect *effect)
{
    const Call call = { .from = from,
                        .to = host_index(cluster, effect->send.ticket.peer),
                        .life = host_at(cluster, from)->life,
                        .ticket = effect->send.ticket,
                        .open = true };
    g_array_append_val(cluster->calls, call);
    Mail mail = { .kind = MAIL_REQUEST, .to = call.to, .from = from, .call = cluster->calls->len };
    if (!is_lost(cluster, from, call.to, &effect->send.frame)) {
        mail.frame = distro_frame_ref(&effect->send.frame);
        post(cluster, mail, cluster->latency_us);
    }
    post(cluster,
         (Mail) { .kind = MAIL_VERDICT,
                  .to = from,
                  .call = mail.call,
                  .outcome = DISTRO_OUTCOME_TIMED_OUT },
         effect->send.timeout_us);
}

static void carry_answer(Cluster *cluster, guint from, const DistroEffect *effect)
{
    const guint to = g_array_index(cluster->calls, Call, effect->answer.call - 1).from;
    if (is_lost(cluster, from, to, &effect->answer.frame)) {
        return;
    }
    post(cluster,
         (Mail) { .kind = MAIL_ANSWER,
                  .to = to,
                  .from = from,
                  .call = effect->answer.call,
                  .frame = distro_frame_ref(&effect->answer.frame) },
         cluster->latency_us);
}

static void carry_out(Cluster *cluster, guint at, const DistroEffect *effect);

static void carry_round(Cluster *cluster, guint at, const DistroEffect *round)
{
    uint32_t count;
    distro_round_digests(round, &count);
    for (uint32_t i = 0; i < round->round.peer_count * count; i++) {
        DistroEffect single[2];
        distro_round_single(cluster->dictionary, round, i / count, i % count, single);
        carry_out(cluster, at, &single[0]);
        carry_out(cluster, at, &single[1]);
    }
}

static void carry_out(Cluster *cluster, guint at, const DistroEffect *effect)
{
    if (effect->kind == DISTRO_EFFECT_ROUND) {
        carry_round(cluster, at, effect);
        return;
    }
    mix_effect(cluster, at, effect);
    switch (effect->kind) {
    case DISTRO_EFFECT_SEND:
        carry_call(cluster, at, effect);
        break;
    case DISTRO_EFFECT_ANSWER:
        carry_answer(cluster, at, effect);
        break;
    case DISTRO_EFFECT_REPLY:
        cluster->reply = effect->reply.status;
        break;
    case DISTRO_EFFECT_EVENT:
        host_at(cluster, at)->events[effect->event.event]++;
        break;
    default:
        break; /* readers of the view ask the core */
    }
}

static void give(Cluster *cluster, guint to, DistroInput *input)
{
    Host *host = host_at(cluster, to);
    input->now_us = cluster->now_us;
    input->wall_us = WALL_START_US + cluster->now_us;
    const DistroEffects *effects = distro_node_step(host->core, input);
    host->wake_at_us = effects->wake_at_us;
    for (size_t i = 0; i < effects->count; i++) {
        carry_out(cluster, to, &effects->items[i]);
    }
}

static void deliver_request(Cluster *cluster, Mail *mail)
{
    if (host_at(cluster, mail->to)->core == NULL) {
        post(cluster,
             (Mail) { .kind = MAIL_VERDICT,
                      .to = mail->from,
                      .call = mail->call,
                      .outcome = DISTRO_OUTCOME_REFUSED },
             cluster->latency_us);
        return;
    }
    DistroInput input = { .kind = DISTRO_INPUT_REQUEST };
    input.request.from = host_at(cluster, mail->from)->address;
    input.request.call = mail->call;
    input.request.frame = &mail->frame;
    give(cluster, mail->to, &input);
}

static void deliver_outcome(Cluster *cluster, Mail *mail)
{
    Call *call = &g_array_index(cluster->calls, Call, mail->call - 1);
    if (!call->open || host_at(cluster, call->from)->life != call->life) {
        return;
    }
    call->open = false;
    DistroInput input = { .kind = DISTRO_INPUT_OUTCOME };
    input.outcome.ticket = call->ticket;
    input.outcome.outcome = mail->kind == MAIL_ANSWER ? DISTRO_OUTCOME_ANSWERED : mail->outcome;
    input.outcome.frame = mail->kind == MAIL_ANSWER ? &mail->frame : NULL;
    give(cluster, mail->to, &input);
}

static void deliver_link_lost(Cluster *cluster, const Mail *mail)
{
    if (host_at(cluster, mail->to)->core != NULL) {
        DistroInput input = { .kind = DISTRO_INPUT_LINK_LOST };
        input.link_lost.peer = host_at(cluster, mail->from)->address;
        give(cluster, mail->to, &input);
    }
}

static void deliver(Cluster *cluster, guint index)
{
    Mail mail = g_array_index(cluster->mails, Mail, index);
    g_array_remove_index_fast(cluster->mails, index);
    switch (mail.kind) {
    case MAIL_REQUEST:
        deliver_request(cluster, &mail);
        break;
    case MAIL_ANSWER:
    case MAIL_VERDICT:
        deliver_outcome(cluster, &mail);
        break;
    case MAIL_LINK_LOST:
        deliver_link_lost(cluster, &mail);
        break;
    }
    distro_frame_clear(&mail.frame);
}

static guint first_mail(const Cluster *cluster)
{
    guint first = 0;
    for (guint i = 1; i < cluster->mails->len; i++) {
        const Mail *a = &g_array_index(cluster->mails, Mail, i);
        const Mail *b = &g_array_index(cluster->mails, Mail, first);
        if (a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order)) {
            first = i;
        }
    }
    return first;
}

static guint first_to_wake(const Cluster *cluster)
{
    guint first = 0;
    for (guint i = 1; i < cluster->hosts->len; i++) {
        if (host_at(cluster, i)->wake_at_us < host_at(cluster, first)->wake_at_us) {
            first = i;
        }
    }
    return first;
}

void cluster_pass(Cluster *cluster, int64_t until_us)
{
    for (;;) {
        const guint mail = first_mail(cluster), host = first_to_wake(cluster);
        const int64_t mail_us = mail < cluster->mails->len
                                    ? g_array_index(cluster->mails, Mail, mail).at_us
                                    : INT64_MAX;
        const int64_t wake_us = host_at(cluster, host)->wake_at_us;
        if (MIN(mail_us, wake_us) > until_us) {
            break;
        }
        cluster->now_us = MIN(mail_us, wake_us);
        if (mail_us <= wake_us) {
            deliver(cluster, mail);
        } else {
            DistroInput wake = { .kind = DISTRO_INPUT_WAKE };
            give(cluster, host, &wake);
        }
    }
    cluster->now_us = until_us;
}

void cluster_boot(Cluster *cluster, const char *name)
{
    Host *host = host_named(cluster, name);
    g_assert_null(host->core);
    host->core = distro_node_new(&cluster->config, host->address, cluster->dictionary);
    host->life = ++cluster->lives;
    g_autoptr(GArray) names = names_of(cluster->dictionary, cluster->members);
    DistroInput input = { .kind = DISTRO_INPUT_BOOT };
    input.members.addresses = (const DistroName *)(const void *)names->data;
    input.members.count = names->len;
    give(cluster, host_index(cluster, host->address), &input);
}

/* The kernel resets the connections of a process that dies. */
void cluster_crash(Cluster *cluster, const char *name)
{
    Host *host = host_named(cluster, name);
    const guint index = host_index(cluster, host->address);
    g_clear_pointer(&host->core, distro_node_free);
    host->life = ++cluster->lives;
    host->wake_at_us = INT64_MAX;
    for (guint i = 0; i < cluster->hosts->len; i++) {
        if (i != index) {
            post(cluster, (Mail) { .kind = MAIL_LINK_LOST, .to = i, .from = index },
                 cluster->latency_us);
        }
    }
}

void cluster_lose(Cluster *cluster, ClusterLoss loss)
{
    cluster->loss = loss;
}

int64_t cluster_now(const Cluster *cluster)
{
    return cluster->now_us;
}

DistroDictionary *cluster_dictionary(const Cluster *cluster)
{
    return cluster->dictionary;
}

const DistroNode *cluster_core(const Cluster *cluster, const char *name)
{
    return host_named(cluster, name)->core;
}

DistroClientView cluster_view(const Cluster *cluster, const char *name, const char *client)
{
    return distro_node_client(cluster_core(cluster, name),
                              distro_dictionary_client(cluster->dictionary, client));
}

void cluster_operate(Cluster *cluster, const char *name, DistroOperationKind kind,
                     const char *client, const char *service)
{
    DistroInput input = operation(cluster->dictionary, kind, client, service);
    give(cluster, host_index(cluster, host_named(cluster, name)->address), &input);
}

void cluster_write(Cluster *cluster, const char *name, DistroWriteKind kind, const char *client,
                   const char *service)
{
    DistroInput input =
        write_input(cluster->dictionary, kind, client, service_of(cluster->dictionary, service),
                    publication_of(cluster->dictionary, client, service, true, "DEFAULT", 0), 1);
    cluster->reply = (DistroStatus)0;
    give(cluster, host_index(cluster, host_named(cluster, name)->address), &input);
}

DistroStatus cluster_reply(const Cluster *cluster)
{
    return cluster->reply;
}

uint64_t cluster_fingerprint(const Cluster *cluster)
{
    return cluster->fingerprint;
}

guint cluster_events(const Cluster *cluster, const char *name, DistroEventKind event)
{
    return host_named(cluster, name)->events[event];
}
