/* sim/explain/bridge.c -- what a bridge's worker had in mind when it registered or deregistered.
 *
 *      VIEW at the destination <- REGISTER by the worker <- BRIDGE_PASS <- PUSH, QUERY of a source
 *                                       '<- BEAT that was answered "unknown" */
#include "sim/bridge/bridge.h"
#include "sim/explain/internal.h"

static const char *const reasons[SIM_N_PASS_REASONS] = {
    [SIM_PASS_EVENT] = "its list of the source has changed",
    [SIM_PASS_TASK] = "the task is new to it",
    [SIM_PASS_ALL] = "its ALL task has met the service",
    [SIM_PASS_FALLBACK] = "its pass of everything has come",
    [SIM_PASS_DELETE] = "the task is to be undone",
    [SIM_PASS_VANISHED] = "its ALL task has not found the service again",
};

/* The write that a node has forwarded, or @send itself. */
uint32_t explain_written(const Explanation *explanation, uint32_t send)
{
    const SimRecord *record = explain_record(explanation, send);
    const SimRecord *cause = record != NULL && record->op == SIM_OP_FORWARD
                                 ? explain_record(explanation, record->cause)
                                 : NULL;
    return cause != NULL && cause->call ? cause->call : send;
}

/* The list that showed the worker another source than before. */
static void say_list(Explanation *explanation, const SimRecord *pass)
{
    const SimRecord *heard = explain_record(explanation, pass->cause);
    if (heard != NULL && heard->call) {
        explain_say_call(explanation, heard->call, WEIGHT_DETAIL);
    }
}

bool explain_say_bridge(Explanation *explanation, uint32_t send)
{
    const SimRecord *record = explain_record(explanation, send);
    const SimRecord *why = record != NULL ? explain_record(explanation, record->cause) : NULL;
    if (why == NULL) {
        return false;
    }
    bool copies = record->op == SIM_OP_REGISTER;
    if (why->kind == SIM_TRACE_ARRIVED && why->op == SIM_OP_BEAT && copies) {
        explain_say_of(explanation, record->cause, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                       "copies it again: its beat was answered \"unknown\"");
        return true;
    }
    if (why->kind != SIM_TRACE_BRIDGE_PASS) {
        return false;
    }
    explain_say_of(explanation, record->cause, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                   "%s: %s", copies ? "copies it" : "takes it back", reasons[why->value]);
    say_list(explanation, why);
    return true;
}

/* The end of the worker whose beat renewed a copy last. */
void explain_say_bridge_end(Explanation *explanation, uint32_t renewed)
{
    const SimRecord *renewal = explain_record(explanation, renewed);
    const SimRecord *beat =
        renewal != NULL ? explain_record(explanation, explain_written(explanation, renewal->call))
                        : NULL;
    if (beat == NULL || !sim_endpoint_is_client(beat->subject)) {
        return;
    }
    uint32_t stopped = explain_first_of(explanation, renewed, SIM_TRACE_BRIDGE_STOPPED,
                                        beat->subject, SIM_NO_ENDPOINT);
    if (stopped && explain_record(explanation, stopped)->value == 0) {
        explain_say(explanation, stopped, WEIGHT_ROOT, "ends, and its beats with it");
    }
}
