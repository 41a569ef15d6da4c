/* core/v1/apply.c -- what peers push, and what they ask for (DistroController).
 *
 * Nothing is compared: neither who owns the service, nor how old the list is. The last to arrive
 * replaces what is there, and nothing is pushed on. */
#include "core/planted.h"
#include "core/v1/lists.h"
#include "core/v1/replication.h"

/* --- receiving ---------------------------------------------------------------------------- */

static void take_datum(DistroNode *node, const DistroWireDatum *datum, DistroPath path)
{
    GArray *fresh = g_array_new(false, false, sizeof(DistroV1Instance));
    for (uint32_t i = 0; i < datum->count; i++) {
        DistroV1Instance instance = distro_instance_of(node, datum->instances[i].publication,
                                                       distro_wire_beat_ms(&datum->instances[i]));
        if (DISTRO_PLANTED(DATUM_IS_A_BEAT)) {
            instance.beat_ms = node->wall_us / 1000;
        }
        distro_instances_set(fresh, &instance);
    }
    const DistroDatum *known = distro_datum_find(node, datum->service);
    const bool shrinks = known != NULL && fresh->len < known->instances->len;
    if (DISTRO_PLANTED(REMOVALS_FORGOTTEN) && shrinks) {
        g_array_unref(fresh);
        return;
    }
    distro_datum_put(node, datum->service, fresh, path);
    node->counters.applied++;
}

void distro_v1_take(DistroNode *node, const DistroMessage *message, DistroPath path)
{
    size_t offset = 0;
    DistroWireDatum datum;
    while (distro_list_next_datum(message->list, &offset, &datum)) {
        take_datum(node, &datum, path);
    }
}

/* "receive empty entity!" is an exception. */
DistroStatus distro_v1_receive_datums(DistroNode *node, const DistroMessage *message)
{
    if (message->list_count == 0) {
        return DISTRO_STATUS_HTTP_BAD_REQUEST;
    }
    if (!DISTRO_PLANTED(LOADING_IS_DEAF) || node->load.initialised) {
        distro_v1_take(node, message, DISTRO_PATH_PUSH);
    }
    return DISTRO_STATUS_OK;
}

/* --- answering ---------------------------------------------------------------------------- */

static bool add_datum(const DistroNode *node, DistroService service, GByteArray *list)
{
    const DistroDatum *datum = distro_datum_find(node, service);
    if (datum == NULL || !datum->stored) {
        return false;
    }
    distro_list_add_datum(list, service, datum->instances->len);
    for (guint i = 0; i < datum->instances->len; i++) {
        const DistroV1Instance *instance = &g_array_index(datum->instances, DistroV1Instance, i);
        distro_list_add_instance(list, instance->publication, instance->beat_ms);
    }
    return true;
}

void distro_v1_list_datums(DistroNode *node, GBytes *services, DistroMessage *message)
{
    GByteArray *list = g_byte_array_new();
    uint32_t count = 0;
    size_t offset = 0;
    DistroService service = 0;
    if (services != NULL) {
        while (distro_list_next_service(services, &offset, &service)) {
            count += add_datum(node, service, list);
        }
    } else {
        g_autoptr(GArray) all = distro_datums_sorted(node);
        const guint left_out = DISTRO_PLANTED(SNAPSHOT_SKIPS_LAST) && all->len > 0;
        for (guint i = 0; i < all->len - left_out; i++) {
            count += add_datum(node, g_array_index(all, DistroService, i), list);
        }
    }
    distro_message_take_list(message, list, count);
}

static void answer_with(DistroNode *node, uint64_t call, const DistroMessage *request,
                        GBytes *services)
{
    DistroMessage answer = {
        .op = request->op, .http = request->http, .answer = true, .status = DISTRO_STATUS_OK
    };
    distro_v1_list_datums(node, services, &answer);
    distro_emit_answer(node, call, &answer);
    distro_message_clear(&answer);
}

void distro_v1_serve_pull(DistroNode *node, uint64_t call, const DistroMessage *request)
{
    g_autoptr(GBytes) none = g_bytes_new(NULL, 0);
    answer_with(node, call, request, request->list != NULL ? request->list : none);
}

/* DistroController#getAllDatums: whatever is here, owned or not, loaded or not. */
void distro_v1_serve_snapshot(DistroNode *node, uint64_t call, const DistroMessage *request)
{
    answer_with(node, call, request, NULL);
    distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_SERVED, DISTRO_NONE, DISTRO_NONE,
                      distro_v1(node)->listed);
}
