/* sim/actions/listen.c -- what the record hears of the world: faults of links, and clients. */
#include "sim/actions/record.h"

static void fault_done(void *record, const SimFaultActionNews *news)
{
    if (news->kind == SIM_ACTION_CUT) {
        sim_record_cut(record, news->groups[0], news->groups[1], news->oneway, news->calls);
    } else if (news->kind == SIM_ACTION_LINK) {
        sim_record_link(record, news->groups[0], news->groups[1], news->link, news->fields);
    } else {
        sim_record_fault(record, news->scope, news->kind, news->groups, news->count, news->for_us);
    }
}

static void client_began(void *record, const SimClientBeganNews *news)
{
    sim_record_client(record, news->client, news->servers, news->count, news->first);
}

static void client_told(void *record, const SimClientActionNews *news)
{
    if (news->kind == SIM_ACTION_FAILOVER) {
        sim_record_failover(record, news->client, news->on);
    } else {
        sim_record_operation(record, news->client, news->kind, news->service, news->publication,
                             news->node, news->for_us);
        if (news->persistent) {
            sim_record_persistent(record, news->client, news->publication);
        }
    }
}

static void client_ended(void *record, const SimClientEndedNews *news)
{
    sim_record_ended(record, news->client, news->op);
}

SimObserver sim_record_observer(SimRecording *record, SimWorld *world)
{
    record->world = world;
    return (SimObserver) {
        .data = record,
        .fault_done = fault_done,
        .client_began = client_began,
        .client_told = client_told,
        .client_ended = client_ended,
    };
}
