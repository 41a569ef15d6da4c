/* sim/explain/find.c -- finding the records that an explanation needs: of a kind, of a party, of a
 * life. */
#include "sim/explain/internal.h"

/* --- looking for records --------------------------------------------------------------------- */

uint32_t sim_history_latest(const SimHistory *history, int64_t at_us, SimTraceKind kind,
                            SimEndpoint subject, SimEndpoint object, DistroClient client)
{
    for (size_t i = history->count; i-- > 0;) {
        const SimRecord *record = &history->records[i];
        if (record->kind == kind && record->at_us <= at_us &&
            (subject == SIM_NO_ENDPOINT || record->subject == subject) &&
            (object == SIM_NO_ENDPOINT || record->object == object) &&
            (client == 0 || record->client == client)) {
            return history->first_id + (uint32_t)i;
        }
    }
    return 0;
}

uint32_t explain_first_after(const Explanation *explanation, uint32_t after, Fits fits,
                             const void *data)
{
    size_t from =
        after >= explanation->history->first_id ? after - explanation->history->first_id + 1 : 0;
    for (size_t i = from; i < explanation->end; i++) {
        if (fits(explanation, &explanation->history->records[i], data)) {
            return explain_id(explanation, i);
        }
    }
    return 0;
}

uint32_t explain_last_after(const Explanation *explanation, uint32_t after, Fits fits,
                            const void *data)
{
    size_t from =
        after >= explanation->history->first_id ? after - explanation->history->first_id + 1 : 0;
    for (size_t i = explanation->end; i-- > from;) {
        if (fits(explanation, &explanation->history->records[i], data)) {
            return explain_id(explanation, i);
        }
    }
    return 0;
}

unsigned explain_count_after(const Explanation *explanation, uint32_t after, Fits fits,
                             const void *data)
{
    unsigned count = 0;
    for (uint32_t id = after; (id = explain_first_after(explanation, id, fits, data)) != 0;) {
        count++;
    }
    return count;
}

bool explain_matches(const Explanation *explanation, const SimRecord *record, const void *data)
{
    const Pattern *pattern = data;
    return record->kind == pattern->kind &&
           (pattern->subject == SIM_NO_ENDPOINT || record->subject == pattern->subject) &&
           (pattern->object == SIM_NO_ENDPOINT || record->object == pattern->object) &&
           (pattern->op == SIM_N_OPS || record->op == pattern->op) &&
           (!pattern->has_value || record->value == pattern->value) &&
           (!pattern->about || explain_about(explanation, record->client));
}

uint32_t explain_first_of(const Explanation *explanation, uint32_t after, int kind,
                          SimEndpoint subject, SimEndpoint object)
{
    Pattern pattern = { .kind = kind, .subject = subject, .object = object, .op = SIM_N_OPS };
    return explain_first_after(explanation, after, explain_matches, &pattern);
}

uint32_t explain_last_of(const Explanation *explanation, uint32_t after, int kind,
                         SimEndpoint subject, SimEndpoint object)
{
    Pattern pattern = { .kind = kind, .subject = subject, .object = object, .op = SIM_N_OPS };
    return explain_last_after(explanation, after, explain_matches, &pattern);
}

static DistroPublication before_of(const SimRecord *view)
{
    return (DistroPublication)((uint64_t)view->value >> 32);
}

DistroPublication explain_after_of(const SimRecord *view)
{
    return (DistroPublication)(view->value & 0xffffffff);
}

bool explain_lists(const Explanation *explanation, DistroPublication publication)
{
    const SimExplainNames *names = &explanation->history->names;
    return publication != 0 && names->lists(names->data, publication);
}

/* Everything a node explain_lists is forgotten with its process. */
uint32_t explain_life_began(const Explanation *explanation, SimEndpoint node)
{
    return explain_last_of(explanation, 0, SIM_TRACE_NODE_BOOT, node, SIM_NO_ENDPOINT);
}

typedef struct ViewOf {
    SimEndpoint node;
    bool any, appears; /* any change, or only one by which it (dis)appears */
} ViewOf;

static bool is_view(const Explanation *explanation, const SimRecord *record, const void *data)
{
    const ViewOf *wanted = data;
    if (record->kind != SIM_TRACE_VIEW || record->subject != wanted->node ||
        !explain_about(explanation, record->client)) {
        return false;
    }
    bool was = explain_lists(explanation, before_of(record)),
         is = explain_lists(explanation, explain_after_of(record));
    return wanted->any ? was || is : wanted->appears ? is && !was : was && !is;
}

uint32_t explain_latest_view(const Explanation *explanation, SimEndpoint node, bool any,
                             bool appears)
{
    ViewOf wanted = { .node = node, .any = any, .appears = appears };
    return explain_last_after(explanation, explain_life_began(explanation, node), is_view, &wanted);
}

/* The crash or stop that ended the node's present life; 0: it runs. */
uint32_t explain_life_ended(const Explanation *explanation, SimEndpoint node)
{
    uint32_t boot = explain_life_began(explanation, node);
    return MAX(explain_last_of(explanation, boot, SIM_TRACE_NODE_CRASH, node, SIM_NO_ENDPOINT),
               explain_last_of(explanation, boot, SIM_TRACE_NODE_STOP, node, SIM_NO_ENDPOINT));
}

/* What @node explain_lists of the instance; 0: nothing. Several ids may publish it: any will do. */
DistroPublication explain_listed_at(const Explanation *explanation, SimEndpoint node)
{
    uint32_t born = explain_life_began(explanation, node);
    if (explain_life_ended(explanation, node)) {
        return 0;
    }
    for (size_t i = 0; i < explanation->question->n_clients; i++) {
        DistroPublication after = 0;
        for (size_t j =
                 born >= explanation->history->first_id ? born - explanation->history->first_id : 0;
             j < explanation->end; j++) {
            const SimRecord *record = &explanation->history->records[j];
            if (record->kind == SIM_TRACE_VIEW && record->subject == node &&
                record->client == explanation->question->clients[i] &&
                (explain_lists(explanation, before_of(record)) ||
                 explain_lists(explanation, explain_after_of(record)))) {
                after = explain_lists(explanation, explain_after_of(record))
                            ? explain_after_of(record)
                            : 0;
            }
        }
        if (after) {
            return after;
        }
    }
    return 0;
}

/* --- the publisher --------------------------------------------------------------------------- */

/* A client may publish several services: is this write about the one asked about? */
static bool is_of_instance(const Explanation *explanation, const SimRecord *record)
{
    return record->value == 0 || explain_lists(explanation, (DistroPublication)record->value);
}

static bool is_end(const Explanation *explanation, const SimRecord *record, const void *data)
{
    (void)data;
    return record->subject == explanation->question->publisher &&
           (record->kind == SIM_TRACE_CLIENT_CLOSED || record->kind == SIM_TRACE_CLIENT_KILLED ||
            record->kind == SIM_TRACE_CLIENT_CRASHED ||
            (record->kind == SIM_TRACE_CLIENT_DEREGISTERED && is_of_instance(explanation, record)));
}

bool explain_is_start(const Explanation *explanation, const SimRecord *record, const void *data)
{
    (void)data;
    return record->subject == explanation->question->publisher &&
           (record->kind == SIM_TRACE_CLIENT_REGISTERED ||
            record->kind == SIM_TRACE_CLIENT_UPDATED) &&
           is_of_instance(explanation, record);
}

/* Its orderly end, kill or deregistration, unless it registered again since; or 0. */
uint32_t explain_end_of_publisher(const Explanation *explanation)
{
    if (explanation->question->publisher == SIM_NO_ENDPOINT) {
        return 0;
    }
    uint32_t end = explain_last_after(explanation, 0, is_end, NULL);
    return end > explain_last_after(explanation, 0, explain_is_start, NULL) ? end : 0;
}

/* The node that last took a write of its publisher, or listed it by itself. */
SimEndpoint explain_server_of(const Explanation *explanation)
{
    uint32_t start = explain_last_after(explanation, 0, explain_is_start, NULL);
    const SimRecord *record = explain_record(explanation, start);
    return record != NULL ? record->object : SIM_NO_ENDPOINT;
}
