/* core/digest.c -- distro_node_digest(): members, load, forwarded writes; the rest is the
 * protocol's. */
#include "core/digest.h"

#include <string.h>

/* --- texts ----------------------------------------------------------------------------------- */

uint64_t distro_digest_text(const char *text)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (const char *c = text; *c != '\0'; c++) {
        digest = (digest ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    }
    return distro_mix(0, digest);
}

uint64_t distro_digest_of_name(const DistroDictionary *dictionary, DistroName name)
{
    return name == DISTRO_NONE ? 0 : distro_digest_text(distro_dictionary_text(dictionary, name));
}

uint64_t distro_digest_of_client(const DistroDictionary *dictionary, DistroClient client)
{
    return client == DISTRO_NONE
               ? 0
               : distro_digest_text(distro_dictionary_client_info(dictionary, client)->id);
}

uint64_t distro_digest_of_service(const DistroDictionary *dictionary, DistroService service)
{
    if (service == DISTRO_NONE) {
        return 0;
    }
    const DistroServiceInfo info = *distro_dictionary_service_info(dictionary, service);
    uint64_t digest = distro_digest_of_name(dictionary, info.namespace_id);
    digest = distro_mix(digest, distro_digest_of_name(dictionary, info.group));
    return distro_mix(digest, distro_digest_of_name(dictionary, info.name));
}

static uint64_t digest_of_value(const DistroExtEntry *entry)
{
    uint64_t bits = 0;
    switch (entry->kind) {
    case DISTRO_VALUE_NULL:
        break;
    case DISTRO_VALUE_STRING:
        return distro_digest_text(entry->text);
    case DISTRO_VALUE_BOOL:
        return entry->boolean;
    case DISTRO_VALUE_INT:
    case DISTRO_VALUE_LONG:
        return (uint64_t)entry->integer;
    case DISTRO_VALUE_DOUBLE:
        memcpy(&bits, &entry->number, sizeof bits);
        return bits;
    }
    return 0;
}

static uint64_t digest_of_listing(const DistroDictionary *dictionary, DistroListing listing)
{
    const DistroInstance instance = distro_dictionary_listing_info(dictionary, listing)->instance;
    uint64_t digest = distro_digest_of_name(dictionary, instance.ip);
    digest = distro_mix(digest, (uint64_t)instance.port * 2 + instance.healthy);
    digest = distro_mix(digest, distro_digest_of_name(dictionary, instance.cluster));
    size_t count = 0;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, instance.ext, &count);
    for (size_t i = 0; i < count; i++) {
        digest = distro_mix(digest, distro_digest_text(entries[i].key));
        digest = distro_mix(digest, entries[i].kind + digest_of_value(&entries[i]));
    }
    return digest;
}

uint64_t distro_digest_of_publication(const DistroDictionary *dictionary,
                                      DistroPublication publication)
{
    if (publication == DISTRO_NONE) {
        return 0;
    }
    const DistroPublicationInfo info = *distro_dictionary_publication_info(dictionary, publication);
    uint64_t digest = distro_mix(distro_digest_of_service(dictionary, info.service), info.batch);
    for (uint32_t i = 0; i < info.count; i++) {
        digest = distro_mix(digest, digest_of_listing(dictionary, info.listings[i]));
    }
    return digest;
}

void distro_digest_name(DistroDigester *digester, DistroName name)
{
    distro_digest_add(digester, distro_digest_of_name(digester->dictionary, name));
}

void distro_digest_client(DistroDigester *digester, DistroClient client)
{
    distro_digest_add(digester, distro_digest_of_client(digester->dictionary, client));
}

/* Contents are ascending by the number of the service, which says nothing. */
void distro_digest_content(DistroDigester *digester, const DistroContent *content)
{
    const DistroPublication *items = distro_content_items(content);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < content->count; i++) {
        sum += distro_mix(1, distro_digest_of_publication(digester->dictionary, items[i]));
    }
    distro_digest_add(digester, content->count);
    distro_digest_add(digester, sum);
}

/* --- instants -------------------------------------------------------------------------------- */

static uint64_t relative(int64_t at_us, int64_t now_us)
{
    const bool is_instant = at_us != INT64_MIN && at_us != INT64_MAX;
    return is_instant ? (uint64_t)at_us - (uint64_t)now_us : (uint64_t)at_us;
}

void distro_digest_at(DistroDigester *digester, int64_t at_us)
{
    distro_digest_add(digester, relative(at_us, digester->now_us));
}

void distro_digest_wall(DistroDigester *digester, int64_t at_wall_us)
{
    distro_digest_add(digester, relative(at_wall_us, digester->wall_us));
}

/* --- members --------------------------------------------------------------------------------- */

/* A number that outcomes are compared with counts while something is under way. */
static void add_rpc(DistroDigester *digester, const DistroRpc *rpc)
{
    const bool under_way =
        rpc->activity == DISTRO_RPC_CHECKING || rpc->activity == DISTRO_RPC_CONNECTING;
    distro_digest_add(digester, rpc->status * 8 + rpc->activity);
    distro_digest_add(digester, under_way ? rpc->serial : 0);
    distro_digest_add(digester, rpc->tries);
    distro_digest_at(digester, rpc->wake_at_us);
    distro_digest_at(digester, rpc->status == DISTRO_RPC_OFF ? INT64_MIN : rpc->active_us);
}

static void add_member(DistroDigester *digester, const DistroMember *member)
{
    distro_digest_name(digester, member->address);
    distro_digest_add(digester, member->incarnation);
    distro_digest_add(digester, member->state);
    distro_digest_add(digester, (uint64_t)member->fail_count);
    add_rpc(digester, &member->rpc);
}

static void add_loop(DistroDigester *digester, const DistroReportLoop *loop)
{
    const bool blocked = loop->wake_at_us == INT64_MAX;
    distro_digest_at(digester, loop->wake_at_us);
    distro_digest_add(digester, (uint64_t)loop->period_us);
    distro_digest_add(digester, blocked ? loop->serial : 0);
    distro_digest_add(digester, loop->cursor);
    for (guint i = 0; loop->targets != NULL && i < loop->targets->len; i++) {
        distro_digest_name(digester, g_array_index(loop->targets, DistroName, i));
    }
}

static void add_members(DistroDigester *digester, const DistroMembers *members)
{
    for (guint i = 0; i < members->list->len; i++) {
        add_member(digester, &g_array_index(members->list, DistroMember, i));
    }
    distro_digest_add(digester, members->list->len);
    for (guint i = 0; i < members->healthy->len; i++) {
        distro_digest_name(digester, g_array_index(members->healthy, DistroName, i));
    }
    distro_digest_add(digester, members->healthy->len);
    for (int i = 0; i < DISTRO_N_REPORT_LOOPS; i++) {
        add_loop(digester, &members->loops[i]);
    }
    distro_digest_add(digester, members->incarnation * 2 + members->self_healthy);
}

/* --- the rest -------------------------------------------------------------------------------- */

static void add_load(DistroDigester *digester, const DistroLoad *load)
{
    distro_digest_at(digester, load->at_us);
    distro_digest_name(digester, load->peer);
    distro_digest_add(digester, load->loading ? load->serial : 0);
    distro_digest_add(digester, load->loading + load->found_empty * 2 + load->initialised * 4 +
                                    load->ready * 8);
    distro_digest_at(digester, load->status_at_us);
}

bool distro_node_has_digest(const DistroNode *node)
{
    return node->behaviour->digest != NULL;
}

uint64_t distro_node_digest(const DistroNode *node, int64_t now_us, int64_t wall_us)
{
    DistroDigester digester = { .dictionary = node->dictionary,
                                .now_us = now_us,
                                .wall_us = wall_us };
    distro_digest_name(&digester, node->self);
    distro_digest_add(&digester, node->booted);
    distro_digest_add(&digester, (uint64_t)(node->lived_from_us - (wall_us - now_us)));
    add_members(&digester, &node->members);
    add_load(&digester, &node->load);
    /* What was forwarded stands in the calls that the host carries; their numbers say nothing. */
    distro_digest_add(&digester, g_hash_table_size(node->forwards));
    node->behaviour->digest(node, &digester);
    return digester.sum;
}
