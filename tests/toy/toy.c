/* tests/toy/toy.c -- each change is told to every peer once, and never again: no delay, no digest,
 * no repair, no lease, nothing to load.
 *
 *      client --REGISTER--> node: its entry changes, and
 *                           TELL {client, what it publishes} --> each peer: the entry there changes
 *
 * What is not told, because no connection stands or the call fails, stays unknown. */
#include "tests/toy/toy.h"

#include "core/json/common.h"
#include "core/json/put.h"
#include "core/node.h"

enum {
    TOY_OP_TELL = 15,
    TOY_OPS,
    TIMEOUT_US = 3000000
};

typedef struct Entry {
    DistroClient client;
    bool native; /* its connection ends here */
    DistroContent content;
} Entry;

typedef struct ToyNode {
    DistroNode node;
    GArray *entries;    /* Entry, ascending by client */
    GArray *publishers; /* DistroClient: of the last question */
} ToyNode;

static ToyNode *toy_of(const DistroNode *node)
{
    return (ToyNode *)node;
}

/* --- entries ------------------------------------------------------------------------------ */

static Entry *entry_at(const ToyNode *toy, guint place)
{
    return &g_array_index(toy->entries, Entry, place);
}

/* Place of the first entry that is not before @client. */
static guint place_of(const ToyNode *toy, DistroClient client)
{
    guint place = 0;
    while (place < toy->entries->len && entry_at(toy, place)->client < client) {
        place++;
    }
    return place;
}

static Entry *find_entry(const DistroNode *node, DistroClient client)
{
    const ToyNode *toy = toy_of(node);
    const guint place = place_of(toy, client);
    return place < toy->entries->len && entry_at(toy, place)->client == client
               ? entry_at(toy, place)
               : NULL;
}

static Entry *make_entry(DistroNode *node, DistroClient client)
{
    Entry *entry = find_entry(node, client);
    if (entry != NULL) {
        return entry;
    }
    const Entry fresh = { .client = client };
    const guint place = place_of(toy_of(node), client);
    g_array_insert_val(toy_of(node)->entries, place, fresh);
    return entry_at(toy_of(node), place);
}

static void clear_entry(gpointer entry)
{
    distro_content_clear(&((Entry *)entry)->content);
}

/* @entry publishes @publication of @service from now on, or nothing. */
static void set_publication(DistroNode *node, Entry *entry, DistroService service,
                            DistroPublication publication, DistroPath path)
{
    const DistroPublication before =
        distro_content_find(node->dictionary, &entry->content, service);
    if (before == publication) {
        return;
    }
    DistroContent fresh =
        distro_content_with(node->dictionary, &entry->content, service, publication);
    distro_content_clear(&entry->content);
    entry->content = fresh;
    distro_emit_view(node, entry->client, service, before, publication, path);
}

static DistroService service_of(const DistroNode *node, DistroPublication publication)
{
    return distro_dictionary_publication_info(node->dictionary, publication)->service;
}

/* What @content does not hold goes, and what it holds comes. */
static void take_over(DistroNode *node, Entry *entry, const DistroContent *content)
{
    DistroContent held = distro_content_ref(&entry->content);
    for (uint32_t i = 0; i < held.count; i++) {
        const DistroService service = service_of(node, distro_content_items(&held)[i]);
        if (distro_content_find(node->dictionary, content, service) == DISTRO_NONE) {
            set_publication(node, entry, service, DISTRO_NONE, DISTRO_PATH_PUSH);
        }
    }
    distro_content_clear(&held);
    for (uint32_t i = 0; i < content->count; i++) {
        const DistroPublication publication = distro_content_items(content)[i];
        set_publication(node, entry, service_of(node, publication), publication, DISTRO_PATH_PUSH);
    }
}

/* --- telling ------------------------------------------------------------------------------ */

static void tell(DistroNode *node, DistroMember *member, const Entry *entry)
{
    const DistroMessage message = { .op = TOY_OP_TELL,
                                    .client = entry->client,
                                    .content = entry->content };
    const DistroTicket ticket = { .peer = member->address,
                                  .client = entry->client,
                                  .purpose = DISTRO_PURPOSE_PROTOCOL,
                                  .action = TOY_OP_TELL };
    member->counters.sync_sent++;
    distro_emit_event(node, DISTRO_EVENT_SYNC_SENT, member->address, entry->client, TOY_OP_TELL);
    distro_emit_send(node, ticket, &message, TIMEOUT_US, DISTRO_PATH_PUSH);
}

static void tell_all(DistroNode *node, const Entry *entry)
{
    for (guint i = 0; i < node->members.list->len; i++) {
        DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address == node->self) {
            continue;
        }
        if (distro_member_reachable(member)) {
            tell(node, member, entry);
        } else {
            distro_emit_event(node, DISTRO_EVENT_SYNC_FAILED, member->address, entry->client, -1);
        }
    }
}

static void toy_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                        const DistroMessage *answer)
{
    const bool good = outcome == DISTRO_OUTCOME_ANSWERED && answer->status == DISTRO_STATUS_OK;
    distro_emit_event(node, good ? DISTRO_EVENT_SYNC_ACKED : DISTRO_EVENT_SYNC_FAILED, ticket.peer,
                      ticket.client, good ? TOY_OP_TELL : (int64_t)outcome);
}

static void toy_request(DistroNode *node, uint64_t call, const DistroMessage *message)
{
    take_over(node, make_entry(node, message->client), &message->content);
    node->counters.applied++;
    distro_emit_event(node, DISTRO_EVENT_SYNC_APPLIED, DISTRO_NONE, message->client, 0);
    distro_emit_status(node, call, message, DISTRO_STATUS_OK);
}

/* --- what clients ask for ----------------------------------------------------------------- */

static void publish(DistroNode *node, DistroClient client, DistroService service,
                    DistroPublication publication)
{
    Entry *entry = make_entry(node, client);
    set_publication(node, entry, service, publication, DISTRO_PATH_LOCAL);
    tell_all(node, entry);
}

static void disconnect(DistroNode *node, DistroClient client)
{
    Entry *entry = find_entry(node, client);
    const DistroContent nothing = { .count = 0 };
    take_over(node, entry, &nothing);
    tell_all(node, entry);
    g_array_remove_index(toy_of(node)->entries, place_of(toy_of(node), client));
}

static DistroStatus toy_operate(DistroNode *node, const DistroInput *input)
{
    const DistroClient client = input->operation.client;
    if (input->operation.kind == DISTRO_OPERATION_CONNECT) {
        make_entry(node, client)->native = true;
        return DISTRO_STATUS_OK;
    }
    const Entry *entry = find_entry(node, client);
    if (entry == NULL || !entry->native) {
        return DISTRO_STATUS_UNREGISTERED;
    }
    if (input->operation.kind == DISTRO_OPERATION_REGISTER) {
        publish(node, client, input->operation.service, input->operation.publication);
    } else if (input->operation.kind == DISTRO_OPERATION_DEREGISTER) {
        publish(node, client, input->operation.service, DISTRO_NONE);
    } else if (input->operation.kind == DISTRO_OPERATION_DISCONNECT) {
        disconnect(node, client);
    }
    return DISTRO_STATUS_OK;
}

static DistroStatus toy_write(DistroNode *node, const DistroWrite *write)
{
    if (write->kind == DISTRO_WRITE_DEREGISTER) {
        publish(node, write->client, write->service, DISTRO_NONE);
    } else if (write->publication != DISTRO_NONE) {
        publish(node, write->client, write->service, write->publication);
    }
    return DISTRO_STATUS_OK;
}

static uint32_t toy_tag_hash(const DistroNode *node, const DistroWrite *write)
{
    return distro_dictionary_client_info(node->dictionary, write->client)->tag_hash;
}

/* --- reading ------------------------------------------------------------------------------ */

static DistroNodeState toy_state(const DistroNode *node)
{
    return (DistroNodeState) { .clients = toy_of(node)->entries->len };
}

static DistroClientView toy_client(const DistroNode *node, DistroClient client)
{
    const Entry *entry = find_entry(node, client);
    if (entry == NULL) {
        return (DistroClientView) { .present = false };
    }
    return (
        DistroClientView) { .present = true, .native = entry->native, .content = entry->content };
}

static DistroPublication toy_listed(const DistroNode *node, DistroClient client,
                                    DistroService service)
{
    const Entry *entry = find_entry(node, client);
    return entry == NULL ? DISTRO_NONE
                         : distro_content_find(node->dictionary, &entry->content, service);
}

static const DistroClient *toy_publishers(const DistroNode *node, DistroService service,
                                          size_t *count)
{
    const ToyNode *toy = toy_of(node);
    g_array_set_size(toy->publishers, 0);
    for (guint i = 0; i < toy->entries->len; i++) {
        const Entry *entry = entry_at(toy, i);
        if (distro_content_find(node->dictionary, &entry->content, service) != DISTRO_NONE) {
            g_array_append_val(toy->publishers, entry->client);
        }
    }
    *count = toy->publishers->len;
    return (const DistroClient *)(const void *)toy->publishers->data;
}

static bool toy_owns(const DistroNode *node, DistroClient client, DistroService service)
{
    (void)service;
    return distro_node_responsible(
        node, distro_dictionary_client_info(node->dictionary, client)->tag_hash);
}

static size_t toy_replica_bytes(const DistroNode *node, size_t *entries)
{
    *entries = toy_of(node)->entries->len;
    return *entries * sizeof(Entry);
}

/* --- life --------------------------------------------------------------------------------- */

static void toy_init(DistroNode *node)
{
    toy_of(node)->entries = g_array_new(false, true, sizeof(Entry));
    toy_of(node)->publishers = g_array_new(false, false, sizeof(DistroClient));
    g_array_set_clear_func(toy_of(node)->entries, clear_entry);
}

static void toy_clear(DistroNode *node)
{
    g_array_unref(toy_of(node)->entries);
    g_array_unref(toy_of(node)->publishers);
}

static void do_nothing(DistroNode *node)
{
    (void)node;
}

static int64_t toy_wake_at(const DistroNode *node)
{
    (void)node;
    return INT64_MAX;
}

/* {"client":"1_10.0.0.1_2","publishes":[...]} */
static size_t toy_put(GString *out, const DistroDictionary *dictionary,
                      const DistroMessage *message)
{
    DistroSink sink = { .text = out };
    if (message->answer) {
        distro_put_status(&sink, message->status);
        return sink.size;
    }
    DISTRO_PUT(&sink, "{\"client\":");
    distro_put_quoted_id(&sink, distro_dictionary_client_info(dictionary, message->client));
    DISTRO_PUT(&sink, ",\"publishes\":[");
    for (uint32_t i = 0; i < message->content.count; i++) {
        if (i > 0) {
            DISTRO_PUT(&sink, ",");
        }
        distro_dictionary_put_publication(
            dictionary,
            distro_dictionary_publication_info(dictionary,
                                               distro_content_items(&message->content)[i]),
            DISTRO_INSTANCE_PLAIN, &sink);
    }
    DISTRO_PUT(&sink, "]}");
    return sink.size;
}

/* --- the table ---------------------------------------------------------------------------- */

static const DistroBehaviour behaviour = {
    .node_size = sizeof(ToyNode),
    .init = toy_init,
    .clear = toy_clear,
    .boot = do_nothing,
    .wake = do_nothing,
    .wake_at = toy_wake_at,
    .request = toy_request,
    .outcome = toy_outcome,
    .operate = toy_operate,
    .tag_hash = toy_tag_hash,
    .write = toy_write,
    .state = toy_state,
    .client = toy_client,
    .listed = toy_listed,
    .publishers = toy_publishers,
    .owns = toy_owns,
    .replica_bytes = toy_replica_bytes,
};

static const DistroOpInfo ops[TOY_OPS] = {
    [TOY_OP_TELL] = { .name = "TELL",
                      .role = DISTRO_ROLE_STATE,
                      .about = DISTRO_ABOUT_HEAD,
                      .request = { .subject = DISTRO_SUBJECT_CLIENT, .content = true },
                      .put = toy_put },
};

const DistroProtocol toy_protocol = {
    .name = "told once",
    .generation = 3,
    .has_rpc = true,
    .ops = ops,
    .op_count = TOY_OPS,
    .behaviour = &behaviour,
};
