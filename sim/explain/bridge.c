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
uint32_t tale_written(const Tale *tale, uint32_t send)
{
    const SimRecord *record = tale_record(tale, send);
    const SimRecord *cause =
        record != NULL && record->op == SIM_OP_FORWARD ? tale_record(tale, record->cause) : NULL;
    return cause != NULL && cause->call ? cause->call : send;
}

/* The list that showed the worker another source than before. */
static void say_list(Tale *tale, const SimRecord *pass)
{
    const SimRecord *heard = tale_record(tale, pass->cause);
    if (heard != NULL && heard->call) {
        tale_say_call(tale, heard->call, WEIGHT_DETAIL);
    }
}

bool tale_say_bridge(Tale *tale, uint32_t send)
{
    const SimRecord *record = tale_record(tale, send);
    const SimRecord *why = record != NULL ? tale_record(tale, record->cause) : NULL;
    if (why == NULL) {
        return false;
    }
    bool copies = record->op == SIM_OP_REGISTER;
    if (why->kind == SIM_TRACE_ARRIVED && why->op == SIM_OP_BEAT && copies) {
        tale_say_of(tale, record->cause, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                    "copies it again: its beat was answered \"unknown\"");
        return true;
    }
    if (why->kind != SIM_TRACE_BRIDGE_PASS) {
        return false;
    }
    tale_say_of(tale, record->cause, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT, "%s: %s",
                copies ? "copies it" : "takes it back", reasons[why->value]);
    say_list(tale, why);
    return true;
}

/* The end of the worker whose beat renewed a copy last. */
void tale_say_bridge_end(Tale *tale, uint32_t renewed)
{
    const SimRecord *renewal = tale_record(tale, renewed);
    const SimRecord *beat =
        renewal != NULL ? tale_record(tale, tale_written(tale, renewal->call)) : NULL;
    if (beat == NULL || !sim_endpoint_is_client(beat->subject)) {
        return;
    }
    uint32_t stopped =
        tale_first_of(tale, renewed, SIM_TRACE_BRIDGE_STOPPED, beat->subject, SIM_NO_ENDPOINT);
    if (stopped && tale_record(tale, stopped)->value == 0) {
        tale_say(tale, stopped, WEIGHT_ROOT, "ends, and its beats with it");
    }
}
