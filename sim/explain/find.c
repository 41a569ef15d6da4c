/* sim/explain/find.c -- finding the records that a tale needs: of a kind, of a party, of a life. */
#include "sim/explain/internal.h"

/* --- looking for records --------------------------------------------------------------------- */

uint32_t sim_story_latest(const SimStory *story, int64_t at_us, SimTraceKind kind,
                          SimEndpoint subject, SimEndpoint object, DistroClient client)
{
    for (size_t i = story->count; i-- > 0;) {
        const SimRecord *record = &story->records[i];
        if (record->kind == kind && record->at_us <= at_us &&
            (subject == SIM_NO_ENDPOINT || record->subject == subject) &&
            (object == SIM_NO_ENDPOINT || record->object == object) &&
            (client == 0 || record->client == client)) {
            return story->first_id + (uint32_t)i;
        }
    }
    return 0;
}

uint32_t tale_first_after(const Tale *tale, uint32_t after, Fits fits, const void *data)
{
    size_t from = after >= tale->story->first_id ? after - tale->story->first_id + 1 : 0;
    for (size_t i = from; i < tale->end; i++) {
        if (fits(tale, &tale->story->records[i], data)) {
            return tale_id(tale, i);
        }
    }
    return 0;
}

uint32_t tale_last_after(const Tale *tale, uint32_t after, Fits fits, const void *data)
{
    size_t from = after >= tale->story->first_id ? after - tale->story->first_id + 1 : 0;
    for (size_t i = tale->end; i-- > from;) {
        if (fits(tale, &tale->story->records[i], data)) {
            return tale_id(tale, i);
        }
    }
    return 0;
}

unsigned tale_count_after(const Tale *tale, uint32_t after, Fits fits, const void *data)
{
    unsigned count = 0;
    for (uint32_t id = after; (id = tale_first_after(tale, id, fits, data)) != 0;) {
        count++;
    }
    return count;
}

bool tale_matches(const Tale *tale, const SimRecord *record, const void *data)
{
    const Pattern *pattern = data;
    return record->kind == pattern->kind &&
           (pattern->subject == SIM_NO_ENDPOINT || record->subject == pattern->subject) &&
           (pattern->object == SIM_NO_ENDPOINT || record->object == pattern->object) &&
           (pattern->op == SIM_N_OPS || record->op == pattern->op) &&
           (!pattern->has_value || record->value == pattern->value) &&
           (!pattern->about || tale_about(tale, record->client));
}

uint32_t tale_first_of(const Tale *tale, uint32_t after, int kind, SimEndpoint subject,
                       SimEndpoint object)
{
    Pattern pattern = { .kind = kind, .subject = subject, .object = object, .op = SIM_N_OPS };
    return tale_first_after(tale, after, tale_matches, &pattern);
}

uint32_t tale_last_of(const Tale *tale, uint32_t after, int kind, SimEndpoint subject,
                      SimEndpoint object)
{
    Pattern pattern = { .kind = kind, .subject = subject, .object = object, .op = SIM_N_OPS };
    return tale_last_after(tale, after, tale_matches, &pattern);
}

static DistroPublication before_of(const SimRecord *view)
{
    return (DistroPublication)((uint64_t)view->value >> 32);
}

DistroPublication tale_after_of(const SimRecord *view)
{
    return (DistroPublication)(view->value & 0xffffffff);
}

bool tale_lists(const Tale *tale, DistroPublication publication)
{
    const SimExplainNames *names = &tale->story->names;
    return publication != 0 && names->lists(names->data, publication);
}

/* Everything a node tale_lists is forgotten with its process. */
uint32_t tale_life_began(const Tale *tale, SimEndpoint node)
{
    return tale_last_of(tale, 0, SIM_TRACE_NODE_BOOT, node, SIM_NO_ENDPOINT);
}

typedef struct ViewOf {
    SimEndpoint node;
    bool any, appears; /* any change, or only one by which it (dis)appears */
} ViewOf;

static bool is_view(const Tale *tale, const SimRecord *record, const void *data)
{
    const ViewOf *wanted = data;
    if (record->kind != SIM_TRACE_VIEW || record->subject != wanted->node ||
        !tale_about(tale, record->client)) {
        return false;
    }
    bool was = tale_lists(tale, before_of(record)), is = tale_lists(tale, tale_after_of(record));
    return wanted->any ? was || is : wanted->appears ? is && !was : was && !is;
}

uint32_t tale_latest_view(const Tale *tale, SimEndpoint node, bool any, bool appears)
{
    ViewOf wanted = { .node = node, .any = any, .appears = appears };
    return tale_last_after(tale, tale_life_began(tale, node), is_view, &wanted);
}

/* The crash or stop that ended the node's present life; 0: it runs. */
uint32_t tale_life_ended(const Tale *tale, SimEndpoint node)
{
    uint32_t boot = tale_life_began(tale, node);
    return MAX(tale_last_of(tale, boot, SIM_TRACE_NODE_CRASH, node, SIM_NO_ENDPOINT),
               tale_last_of(tale, boot, SIM_TRACE_NODE_STOP, node, SIM_NO_ENDPOINT));
}

/* What @node tale_lists of the instance; 0: nothing. Several ids may publish it: any will do. */
DistroPublication tale_listed_at(const Tale *tale, SimEndpoint node)
{
    uint32_t born = tale_life_began(tale, node);
    if (tale_life_ended(tale, node)) {
        return 0;
    }
    for (size_t i = 0; i < tale->question->n_clients; i++) {
        DistroPublication after = 0;
        for (size_t j = born >= tale->story->first_id ? born - tale->story->first_id : 0;
             j < tale->end; j++) {
            const SimRecord *record = &tale->story->records[j];
            if (record->kind == SIM_TRACE_VIEW && record->subject == node &&
                record->client == tale->question->clients[i] &&
                (tale_lists(tale, before_of(record)) || tale_lists(tale, tale_after_of(record)))) {
                after = tale_lists(tale, tale_after_of(record)) ? tale_after_of(record) : 0;
            }
        }
        if (after) {
            return after;
        }
    }
    return 0;
}

/* --- the publisher --------------------------------------------------------------------------- */

static bool is_end(const Tale *tale, const SimRecord *record, const void *data)
{
    (void)data;
    return record->subject == tale->question->publisher &&
           (record->kind == SIM_TRACE_CLIENT_CLOSED || record->kind == SIM_TRACE_CLIENT_KILLED ||
            record->kind == SIM_TRACE_CLIENT_DEREGISTERED);
}

bool tale_is_start(const Tale *tale, const SimRecord *record, const void *data)
{
    (void)data;
    return record->subject == tale->question->publisher &&
           (record->kind == SIM_TRACE_CLIENT_REGISTERED ||
            record->kind == SIM_TRACE_CLIENT_UPDATED);
}

/* Its orderly end, kill or deregistration, unless it registered again since; or 0. */
uint32_t tale_end_of_publisher(const Tale *tale)
{
    if (tale->question->publisher == SIM_NO_ENDPOINT) {
        return 0;
    }
    uint32_t end = tale_last_after(tale, 0, is_end, NULL);
    return end > tale_last_after(tale, 0, tale_is_start, NULL) ? end : 0;
}

/* The node that last took a write of its publisher, or listed it by itself. */
SimEndpoint tale_server_of(const Tale *tale)
{
    uint32_t start = tale_last_after(tale, 0, tale_is_start, NULL);
    const SimRecord *record = tale_record(tale, start);
    return record != NULL ? record->object : SIM_NO_ENDPOINT;
}
