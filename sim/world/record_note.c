/* sim/world/record_note.c -- see record_note.h. */
#include "sim/world/record_note.h"

#include "sim/network/network.h"

SimRecordBefore sim_record_before(const SimNode *node, const SimCall *call)
{
    const SimWorld *world = node->world;
    SimRecordBefore look = { .caller = call->from, .op = call->op, .sent = -1 };
    if (!sim_trace_recording(world->trace)) {
        return look;
    }
    look.client = sim_network_client_meant(world->network, call);
    look.call = call->record;
    look.delivered = call->latest;
    const DistroOpInfo *info = sim_op_info(call->op);
    if (info != NULL && info->request.revision) {
        look.sent = distro_wire_revision(&call->frame);
    }
    if (look.client != DISTRO_NONE) {
        const DistroClientView view = distro_node_client(node->core, look.client);
        look.present = view.present;
        look.revision = view.revision;
        look.renewed_wall_us = view.renewed_wall_us;
        look.content = distro_content_ref(&view.content);
    }
    return look;
}

static SimTraceKind kind_of(const SimRecordBefore *before, const DistroClientView *after)
{
    if (!before->present || !after->present) {
        return after->present    ? SIM_TRACE_RECORD_MADE
               : before->present ? SIM_TRACE_RECORD_REMOVED
                                 : SIM_TRACE_RECORD_ABSENT;
    }
    return before->revision == after->revision &&
                   distro_content_equal(&before->content, &after->content)
               ? SIM_TRACE_RECORD_KEPT
               : SIM_TRACE_RECORD_CHANGED;
}

/* A VERIFY that matches is the rule, and its answer says so. */
static bool is_plain(const SimRecordBefore *before, SimTraceKind kind)
{
    return kind == SIM_TRACE_RECORD_KEPT && before->op == SIM_OP_VERIFY &&
           before->sent == before->revision;
}

static void note(const SimNode *node, const SimRecordBefore *look, SimTraceKind kind, int64_t value)
{
    const SimRecord record = {
        .at_us = node->world->now_us,
        .kind = (uint16_t)kind,
        .op = (uint16_t)look->op,
        .subject = sim_node_endpoint(node->index),
        .object = look->caller,
        .client = look->client,
        .cause = look->delivered,
        .call = look->call,
        .value = value,
    };
    sim_trace_note(node->world->trace, &record);
}

void sim_record_after(const SimNode *node, SimRecordBefore *before)
{
    if (before->client == DISTRO_NONE || node->core == NULL) {
        return;
    }
    const DistroClientView after = distro_node_client(node->core, before->client);
    const SimTraceKind kind = kind_of(before, &after);

    if (!is_plain(before, kind)) {
        note(node, before, kind,
             (int64_t)((uint64_t)(uint32_t)before->revision << 32 |
                       (before->op == SIM_OP_VERIFY ? (uint32_t)before->sent
                                                    : (uint32_t)after.revision)));
    }
    if (after.present &&
        (kind == SIM_TRACE_RECORD_MADE || after.renewed_wall_us != before->renewed_wall_us)) {
        note(node, before, SIM_TRACE_LEASE_RENEWED, after.revision);
    }
    distro_content_clear(&before->content);
}
