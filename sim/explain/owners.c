/* sim/explain/owners.c -- why nodes do not agree on who owns a client: who holds whom for DOWN,
 * since when and because of what. The mapper's list is all but those who are (DistroMapper), so
 * there is nothing else by which two lists of one membership can differ. */
#include "sim/explain/internal.h"

/* Is it about what @subject thinks of @object as a member? */
static bool is_member_state(const Explanation *explanation, const SimRecord *record,
                            const void *data)
{
    const Pattern *pair = data;
    (void)explanation;
    switch ((int)record->kind) {
    case DISTRO_EVENT_MEMBER_ADDED:
    case DISTRO_EVENT_MEMBER_REMOVED:
    case DISTRO_EVENT_MEMBER_UP:
    case DISTRO_EVENT_MEMBER_SUSPICIOUS:
    case DISTRO_EVENT_MEMBER_DOWN:
        return record->subject == pair->subject && record->object == pair->object;
    default:
        return false;
    }
}

/* Is it a call by which @subject finds out whether @object is there? */
static bool is_probe(const Explanation *explanation, const SimRecord *record, const void *data)
{
    const Pattern *pair = data;
    (void)explanation;
    return record->kind == SIM_TRACE_SEND && record->subject == pair->subject &&
           record->object == pair->object &&
           (record->op == SIM_OP_REPORT || record->op == SIM_OP_HEALTH ||
            record->op == SIM_OP_CONNECT);
}

/* The first such call that failed between the last that went well and @state; 0: none did. */
static uint32_t first_failure(const Explanation *explanation, const Pattern *pair, uint32_t state)
{
    uint32_t failed = 0;
    for (uint32_t send = 0; (send = explain_first_after(explanation, send, is_probe, pair)) != 0;) {
        uint32_t by;
        g_autofree char *words = NULL;
        if (send > state) {
            break;
        }
        const Fate fate = explain_fate(explanation, send, &by, &words);
        if (fate == FATE_DONE || fate == FATE_UNDER_WAY) {
            failed = 0;
        } else if (failed == 0) {
            failed = send;
        }
    }
    return failed;
}

/* A cut, crash or pause behind the failure of a call. */
static void tell_root(Explanation *explanation, uint32_t send)
{
    uint32_t by;
    g_autofree char *words = NULL;
    explain_fate(explanation, send, &by, &words);
    const SimRecord *record = explain_record(explanation, by);
    if (record != NULL) {
        explain_say_fault(explanation, record->kind == SIM_TRACE_NODE_PAUSE ? by : record->cause);
    }
}

static void tell_down(Explanation *explanation, const Pattern *pair, uint32_t state, Weight weight)
{
    const SimRecord *record = explain_record(explanation, state);
    const bool removed = record->kind == DISTRO_EVENT_MEMBER_REMOVED;
    g_autofree char *other = explain_party(explanation, pair->object);
    const uint32_t send = first_failure(explanation, pair, state);
    uint32_t by;
    g_autofree char *words = NULL;
    if (send != 0) {
        explain_fate(explanation, send, &by, &words);
    }
    const SimRecord *call = explain_record(explanation, send);
    g_autofree char *because =
        call != NULL
            ? g_strdup_printf(": no call gets through since %.3f s (%s %s)",
                              (double)call->at_us / 1e6, sim_op_name((SimOp)call->op), words)
            : g_strdup("");
    explain_say_of(explanation, state, weight, pair->subject, SIM_NO_ENDPOINT,
                   removed ? "has %s on its list no more%s" : "holds %s for DOWN from here on%s",
                   other, removed ? "" : because);
    if (send != 0 && !removed) {
        tell_root(explanation, send);
    }
}

/* Somebody who stays on the list, though others hold it for DOWN or it is dead. */
static void tell_up(Explanation *explanation, const Pattern *pair, uint32_t state)
{
    const SimRecord *record = explain_record(explanation, state);
    g_autofree char *other = explain_party(explanation, pair->object);
    if (record != NULL && record->kind == DISTRO_EVENT_MEMBER_SUSPICIOUS) {
        explain_say_of(explanation, state, WEIGHT_DETAIL, pair->subject, SIM_NO_ENDPOINT,
                       "suspects %s from here on, which leaves its clients with it", other);
    } else if (record != NULL) {
        explain_say_of(explanation, state, WEIGHT_DETAIL, pair->subject, SIM_NO_ENDPOINT,
                       "holds %s for UP from here on", other);
    }
}

static uint32_t find_latest_state(const Explanation *explanation, const Pattern *pair)
{
    return explain_last_after(explanation, 0, is_member_state, pair);
}

static bool is_away(const Explanation *explanation, uint32_t state)
{
    const SimRecord *record = explain_record(explanation, state);
    return record != NULL && (record->kind == DISTRO_EVENT_MEMBER_DOWN ||
                              record->kind == DISTRO_EVENT_MEMBER_REMOVED);
}

/* What all say of @member; those who are not there any more say nothing. */
static void tell_member(Explanation *explanation, uint32_t n_nodes, SimEndpoint member)
{
    bool disputed = explain_life_ended(explanation, member) != 0;
    for (uint32_t node = 0; node < n_nodes; node++) {
        const Pattern pair = { .subject = node, .object = member };
        const uint32_t state = find_latest_state(explanation, &pair);
        if (node == member || explain_life_ended(explanation, node) ||
            !is_away(explanation, state)) {
            continue;
        }
        disputed = true;
        tell_down(explanation, &pair, state,
                  node == explanation->question->node ? WEIGHT_ROOT : WEIGHT_LINK);
    }
    for (uint32_t node = 0; disputed && node < n_nodes; node++) {
        const Pattern pair = { .subject = node, .object = member };
        const uint32_t state = find_latest_state(explanation, &pair);
        if (node != member && !explain_life_ended(explanation, node) &&
            !is_away(explanation, state)) {
            tell_up(explanation, &pair, state);
        }
    }
}

void sim_explain_owners(const SimHistory *history, uint32_t n_nodes, const SimQuestion *question,
                        GPtrArray *lines)
{
    g_autoptr(Explanation) explanation = explain_new(history, question);
    for (uint32_t member = 0; member < n_nodes; member++) {
        tell_member(explanation, n_nodes, member);
        explain_say_fault(explanation, explain_life_ended(explanation, member));
    }
    explain_lines(explanation, lines);
}
