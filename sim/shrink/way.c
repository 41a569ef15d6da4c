/* sim/shrink/way.c -- the way a run fails, and whether another fails the same way. */
#include <string.h>

#include "sim/shrink/internal.h"

void shrink_way_clear(Way *way)
{
    g_free(way->check);
    g_free(way->states);
    g_free(way->message);
    g_free(way->figure);
}

static bool is_text(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

/* Index of the violation that the verdict is about; -1 if there is none. */
int shrink_deciding(const SimResult *result)
{
    for (guint i = 0; i < result->violations->len; i++) {
        const SimViolation *violation = &g_array_index(result->violations, SimViolation, i);
        if (is_text(violation->message, result->reason)) {
            return (int)i;
        }
    }
    return -1;
}

/* The claim that this violation is about; NULL: a ready-made check or a budget. */
const SimClaim *shrink_claim_of(const SimRecording *record, const SimViolation *violation)
{
    static const char *const names[] = { "expect", "eventually", "within", "always", "never" };
    for (size_t k = 0; k < G_N_ELEMENTS(names); k++) {
        if (!is_text(names[k], violation->check)) {
            continue;
        }
        for (guint i = 0; i < record->failures->len; i++) {
            const SimClaim *claim = record->failures->pdata[i];
            bool kind = claim->kind == (SimClaimKind)k ||
                        (claim->kind == SIM_CLAIM_SETTLE && k == SIM_CLAIM_EVENTUALLY);
            if (kind && claim->failed_us == violation->at_us) {
                return claim;
            }
        }
    }
    return NULL;
}

/* Violations are noted in the order of time, but for those of one instant; they share their
 * active_faults. */
static unsigned active_faults_of(const SimRecording *record, const SimResult *result, guint index)
{
    const SimViolation *violation = &g_array_index(result->violations, SimViolation, index);
    unsigned active_faults = 0;
    for (guint i = 0; i < result->violations->len && i < record->active_fault_sets->len; i++) {
        if (g_array_index(result->violations, SimViolation, i).at_us == violation->at_us) {
            active_faults |= g_array_index(record->active_fault_sets, unsigned, i);
        }
    }
    return active_faults;
}

/* What went wrong in a red run; false if it is not red. */
bool shrink_read_way(const SimResult *result, const SimRecording *record, Way *way)
{
    int index = shrink_deciding(result);
    bool red = result->verdict == SIM_VERDICT_UNSAFE || result->verdict == SIM_VERDICT_DIVERGED;
    if (!red || index < 0) {
        return false;
    }
    const SimViolation *violation = &g_array_index(result->violations, SimViolation, (guint)index);
    const SimClaim *claim = shrink_claim_of(record, violation);
    *way = (Way) {
        .check = g_strdup(violation->check),
        .verdict = result->verdict,
        .node = violation->node != UINT32_MAX,
        .client = violation->client != UINT32_MAX,
        .service = violation->service != DISTRO_NONE,
        .truth = claim != NULL ? claim->truth : 0,
        .states = claim != NULL ? g_strdup(claim->states) : NULL,
        .active_faults = active_faults_of(record, result, (guint)index),
        .at_us = violation->at_us,
        .end_us = result->virtual_us,
        .message = g_strdup(violation->message),
        .late = claim != NULL && claim->failed_us > claim->begun_us,
    };
    if (is_text(way->check, "budget")) {
        way->figure = g_strndup(violation->message, strcspn(violation->message, " "));
    }
    return true;
}

/* Is @a as @b, with no active fault that @b has not? */
bool shrink_same_way(const Way *a, const Way *b, bool stand_in)
{
    return (a->active_faults & ~b->active_faults) == 0 && is_text(a->check, b->check) &&
           a->verdict == b->verdict && a->node == b->node && a->client == b->client &&
           a->service == b->service && (a->truth == b->truth || (a->truth & b->truth) != 0) &&
           is_text(a->figure, b->figure) &&
           (stand_in || (is_text(a->states, b->states) && a->late == b->late));
}
