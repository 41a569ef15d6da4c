/* tests/unit/test_trace.c -- records, names and the fingerprint. */
#include "core/v2/text.h"
#include "sim/trace/trace.h"
#include "tests/support/check.h"

static const SimRecord sample = {
    .at_us = 1500000,
    .kind = SIM_TRACE_LINK_CUT,
    .op = SIM_N_OPS,
    .subject = 1,
    .object = 2,
    .client = 3,
    .value = -4,
};

static uint64_t fingerprint_of(const SimRecord *records, size_t count, bool recording)
{
    SimTrace *trace = sim_trace_new(recording);
    for (size_t i = 0; i < count; i++) {
        sim_trace_add(trace, &records[i]);
    }
    uint64_t fingerprint = sim_trace_fingerprint(trace);
    sim_trace_free(trace);
    return fingerprint;
}

static void the_fingerprint_of_a_record_is_what_it_always_was(void)
{
    check_uint(fingerprint_of(&sample, 1, false), ==, 0xd16e22538733a4ceu);
}

static void every_field_changes_the_fingerprint(void)
{
    SimRecord changed[7];
    for (size_t i = 0; i < G_N_ELEMENTS(changed); i++) {
        changed[i] = sample;
    }
    changed[0].at_us++;
    changed[1].kind = SIM_TRACE_LINK_HEAL;
    changed[2].op = DISTRO_OP_CHANGE;
    changed[3].subject = 2;
    changed[4].object = 1;
    changed[5].client = 4;
    changed[6].value = 4;
    for (size_t i = 0; i < G_N_ELEMENTS(changed); i++) {
        check_uint(fingerprint_of(&changed[i], 1, false), !=, fingerprint_of(&sample, 1, false));
    }
}

static void the_order_of_records_changes_the_fingerprint(void)
{
    SimRecord two[2] = { sample, sample }, swapped[2] = { sample, sample };
    two[1].value = 9;
    swapped[0].value = 9;
    check_uint(fingerprint_of(two, 2, false), !=, fingerprint_of(swapped, 2, false));
    check_uint(fingerprint_of(two, 2, false), !=, fingerprint_of(two, 1, false));
}

static void recording_does_not_change_the_fingerprint(void)
{
    check_uint(fingerprint_of(&sample, 1, true), ==, fingerprint_of(&sample, 1, false));
}

static void records_are_kept_only_when_asked_for(void)
{
    size_t count = 99;
    SimTrace *silent = sim_trace_new(false), *recording = sim_trace_new(true);
    sim_trace_add(silent, &sample);
    sim_trace_add(recording, &sample);
    sim_trace_records(silent, &count);
    check_uint(count, ==, 0);
    const SimRecord *records = sim_trace_records(recording, &count);
    check_uint(count, ==, 1);
    check_int(records[0].value, ==, -4);
    check_uint(sim_trace_count(silent, SIM_TRACE_LINK_CUT), ==, 1);
    check_uint(sim_trace_count(silent, SIM_TRACE_LINK_HEAL), ==, 0);
    sim_trace_free(silent);
    sim_trace_free(recording);
}

static void texts_are_found_by_their_number(void)
{
    SimTrace *trace = sim_trace_new(false);
    uint32_t first = sim_trace_text(trace, "the network heals");
    uint32_t second = sim_trace_text(trace, "and all is well");
    check_uint(first, ==, 0);
    check_str(sim_trace_text_of(trace, first), ==, "the network heals");
    check_str(sim_trace_text_of(trace, second), ==, "and all is well");
    sim_trace_free(trace);
}

/* All of API.md 8 but the bridge's. */
static void every_event_of_the_vocabulary_has_its_kind(void)
{
    static const char *const names[] = {
        "node.boot",          "node.loaded",
        "node.ready",         "node.crash",
        "node.stop",          "node.pause",
        "node.resume",        "node.slow",
        "node.clock",         "node.join",
        "node.leave",         "member.added",
        "member.removed",     "member.up",
        "member.suspicious",  "member.down",
        "rpc.connected",      "rpc.lost",
        "owner.changed",      "link.cut",
        "link.heal",          "link.degraded",
        "link.clog",          "message.lost",
        "message.delayed",    "message.refused",
        "message.duplicated", "message.timeout",
        "message.reply_lost", "sync.queued",
        "sync.merged",        "sync.sent",
        "sync.acked",         "sync.failed",
        "sync.retried",       "sync.dropped",
        "sync.applied",       "sync.deleted",
        "verify.sent",        "verify.ok",
        "verify.mismatch",    "verify.failed",
        "verify.repair",      "snapshot.requested",
        "snapshot.served",    "snapshot.loaded",
        "snapshot.failed",    "write.forwarded",
        "write.refused",      "lease.expired",
        "beat.late",          "beat.recovered",
        "beat.expired",       "client.connected",
        "client.closed",      "client.killed",
        "client.ejected",     "client.switched",
        "client.redo",        "client.registered",
        "client.updated",     "client.deregistered",
        "client.failed",      "verify.aborted",
        "verify.skipped",     "status.applied",
        "bridge.copied",      "bridge.removed",
        "bridge.stopped",     "config.published",
        "config.dumped",      "config.missed",
        "client.crashed",     "raft.leader",
        "raft.stepdown",      "raft.vote",
        "raft.commit",        "raft.snapshot",
    };
    size_t named = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        SimTraceKind kind = SIM_N_TRACE_KINDS;
        check_true(sim_trace_kind_parse(names[i], &kind));
        check_str(sim_trace_kind_name(kind), ==, names[i]);
    }
    for (unsigned kind = 0; kind < SIM_N_TRACE_KINDS; kind++) {
        named += sim_trace_kind_name((SimTraceKind)kind) != NULL;
    }
    check_uint(named, ==, G_N_ELEMENTS(names));
}

static void what_is_no_event_is_not_parsed(void)
{
    SimTraceKind kind;
    check_true(!sim_trace_kind_parse("bridge.burnt", &kind));
    check_true(!sim_trace_kind_parse("link.Cut", &kind));
    check_true(!sim_trace_kind_parse("", &kind));
    check_true(sim_trace_kind_name(SIM_TRACE_SEND) == NULL);
}

static void operations_are_spelt_as_scenarios_spell_them(void)
{
    SimOp op = SIM_N_OPS;
    for (unsigned i = 0; i < SIM_N_OPS; i++) {
        if (sim_op_name((SimOp)i) == NULL) {
            continue; /* no operation has this number */
        }
        check_true(sim_op_parse(sim_op_name((SimOp)i), &op));
        check_uint(op, ==, i);
    }
    check_true(!sim_op_parse("change", &op));
    check_str(sim_op_name(SIM_OP_DETECT), ==, "DETECT");
}

int main(void)
{
    static const Test tests[] = {
        { "the fingerprint of a record is what it always was",
          the_fingerprint_of_a_record_is_what_it_always_was },
        { "every field changes the fingerprint", every_field_changes_the_fingerprint },
        { "the order of records changes the fingerprint",
          the_order_of_records_changes_the_fingerprint },
        { "recording does not change the fingerprint", recording_does_not_change_the_fingerprint },
        { "records are kept only when asked for", records_are_kept_only_when_asked_for },
        { "texts are found by their number", texts_are_found_by_their_number },
        { "every event of the vocabulary has its kind",
          every_event_of_the_vocabulary_has_its_kind },
        { "what is no event is not parsed", what_is_no_event_is_not_parsed },
        { "operations are spelt as scenarios spell them",
          operations_are_spelt_as_scenarios_spell_them },
        { 0 },
    };
    return run_tests("trace", tests);
}
