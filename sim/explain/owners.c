/* sim/explain/owners.c -- why nodes do not agree on who owns a client: who holds whom for DOWN,
 * since when and because of what. The mapper's list is all but those who are (DistroMapper), so
 * there is nothing else by which two lists of one membership can differ. */
#include "sim/explain/internal.h"

/* Is it about what @subject thinks of @object as a member? */
static bool is_standing(const Tale *tale, const SimRecord *record, const void *data)
{
    const Pattern *pair = data;
    (void)tale;
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
static bool is_probe(const Tale *tale, const SimRecord *record, const void *data)
{
    const Pattern *pair = data;
    (void)tale;
    return record->kind == SIM_TRACE_SEND && record->subject == pair->subject &&
           record->object == pair->object &&
           (record->op == SIM_OP_REPORT || record->op == SIM_OP_HEALTH ||
            record->op == SIM_OP_CONNECT);
}

/* The first such call that failed between the last that went well and @standing; 0: none did. */
static uint32_t first_failure(const Tale *tale, const Pattern *pair, uint32_t standing)
{
    uint32_t failed = 0;
    for (uint32_t send = 0; (send = tale_first_after(tale, send, is_probe, pair)) != 0;) {
        uint32_t by;
        g_autofree char *words = NULL;
        if (send > standing) {
            break;
        }
        const Fate fate = tale_fate(tale, send, &by, &words);
        if (fate == FATE_DONE || fate == FATE_UNDER_WAY) {
            failed = 0;
        } else if (failed == 0) {
            failed = send;
        }
    }
    return failed;
}

/* A cut, crash or pause behind the failure of a call. */
static void tell_root(Tale *tale, uint32_t send)
{
    uint32_t by;
    g_autofree char *words = NULL;
    tale_fate(tale, send, &by, &words);
    const SimRecord *record = tale_record(tale, by);
    if (record != NULL) {
        tale_say_fault(tale, record->kind == SIM_TRACE_NODE_PAUSE ? by : record->cause);
    }
}

static void tell_down(Tale *tale, const Pattern *pair, uint32_t standing, Weight weight)
{
    const SimRecord *record = tale_record(tale, standing);
    const bool removed = record->kind == DISTRO_EVENT_MEMBER_REMOVED;
    g_autofree char *other = tale_party(tale, pair->object);
    const uint32_t send = first_failure(tale, pair, standing);
    uint32_t by;
    g_autofree char *words = NULL;
    if (send != 0) {
        tale_fate(tale, send, &by, &words);
    }
    const SimRecord *call = tale_record(tale, send);
    g_autofree char *because =
        call != NULL
            ? g_strdup_printf(": no call gets through since %.3f s (%s %s)",
                              (double)call->at_us / 1e6, sim_op_name((SimOp)call->op), words)
            : g_strdup("");
    tale_say_of(tale, standing, weight, pair->subject, SIM_NO_ENDPOINT,
                removed ? "has %s on its list no more%s" : "holds %s for DOWN from here on%s",
                other, removed ? "" : because);
    if (send != 0 && !removed) {
        tell_root(tale, send);
    }
}

/* Somebody who stays on the list, though others hold it for DOWN or it is dead. */
static void tell_up(Tale *tale, const Pattern *pair, uint32_t standing)
{
    const SimRecord *record = tale_record(tale, standing);
    g_autofree char *other = tale_party(tale, pair->object);
    if (record != NULL && record->kind == DISTRO_EVENT_MEMBER_SUSPICIOUS) {
        tale_say_of(tale, standing, WEIGHT_DETAIL, pair->subject, SIM_NO_ENDPOINT,
                    "suspects %s from here on, which leaves its clients with it", other);
    } else if (record != NULL) {
        tale_say_of(tale, standing, WEIGHT_DETAIL, pair->subject, SIM_NO_ENDPOINT,
                    "holds %s for UP from here on", other);
    }
}

static uint32_t standing_of(const Tale *tale, const Pattern *pair)
{
    return tale_last_after(tale, 0, is_standing, pair);
}

static bool is_away(const Tale *tale, uint32_t standing)
{
    const SimRecord *record = tale_record(tale, standing);
    return record != NULL && (record->kind == DISTRO_EVENT_MEMBER_DOWN ||
                              record->kind == DISTRO_EVENT_MEMBER_REMOVED);
}

/* What all say of @member; those who are not there any more say nothing. */
static void tell_member(Tale *tale, uint32_t n_nodes, SimEndpoint member)
{
    bool disputed = tale_life_ended(tale, member) != 0;
    for (uint32_t node = 0; node < n_nodes; node++) {
        const Pattern pair = { .subject = node, .object = member };
        const uint32_t standing = standing_of(tale, &pair);
        if (node == member || tale_life_ended(tale, node) || !is_away(tale, standing)) {
            continue;
        }
        disputed = true;
        tell_down(tale, &pair, standing, node == tale->question->node ? WEIGHT_ROOT : WEIGHT_LINK);
    }
    for (uint32_t node = 0; disputed && node < n_nodes; node++) {
        const Pattern pair = { .subject = node, .object = member };
        const uint32_t standing = standing_of(tale, &pair);
        if (node != member && !tale_life_ended(tale, node) && !is_away(tale, standing)) {
            tell_up(tale, &pair, standing);
        }
    }
}

void sim_explain_owners(const SimStory *story, uint32_t n_nodes, const SimQuestion *question,
                        GPtrArray *lines)
{
    g_autoptr(Tale) tale = tale_new(story, question);
    for (uint32_t member = 0; member < n_nodes; member++) {
        tell_member(tale, n_nodes, member);
        tale_say_fault(tale, tale_life_ended(tale, member));
    }
    tale_lines(tale, lines);
}
