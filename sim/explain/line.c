/* sim/explain/line.c -- records as sentences. */
#include <stdarg.h>

#include "sim/explain/internal.h"

/* --- looking up ------------------------------------------------------------------------------ */

const SimRecord *sim_story_record(const SimStory *story, uint32_t id)
{
    if (id < story->first_id || id - story->first_id >= story->count) {
        return NULL;
    }
    return &story->records[id - story->first_id];
}

const SimRecord *tale_record(const Tale *tale, uint32_t id)
{
    return sim_story_record(tale->story, id);
}

uint32_t tale_id(const Tale *tale, size_t index)
{
    return tale->story->first_id + (uint32_t)index;
}

bool tale_about(const Tale *tale, DistroClient client)
{
    for (size_t i = 0; i < tale->question->n_clients; i++) {
        if (tale->question->clients[i] == client) {
            return true;
        }
    }
    return false;
}

char *tale_party(const Tale *tale, SimEndpoint endpoint)
{
    if (endpoint == SIM_NO_ENDPOINT) {
        return g_strdup("");
    }
    return tale->story->names.party(tale->story->names.data, endpoint);
}

char *tale_client(const Tale *tale, DistroClient client)
{
    return tale->story->names.client(tale->story->names.data, client);
}

char *tale_duration(int64_t us)
{
    if (us < 1000) {
        return g_strdup_printf("%" G_GINT64_FORMAT " us", us);
    }
    if (us < 1000000) {
        return g_strdup_printf("%.0f ms", (double)us / 1e3);
    }
    return g_strdup_printf("%.1f s", (double)us / 1e6);
}

/* --- saying ---------------------------------------------------------------------------------- */

static bool said(const Tale *tale, uint32_t id)
{
    for (guint i = 0; i < tale->told->len; i++) {
        if (g_array_index(tale->told, Line, i).id == id) {
            return true;
        }
    }
    return false;
}

static char *who_of(const Tale *tale, SimEndpoint subject, SimEndpoint object)
{
    g_autofree char *one = tale_party(tale, subject);
    g_autofree char *other = tale_party(tale, object);
    return *one && *other ? g_strdup_printf("%s > %s", one, other) : g_strdup(*one ? one : other);
}

static void say(Tale *tale, uint32_t id, Weight weight, SimEndpoint subject, SimEndpoint object,
                char *text)
{
    const SimRecord *record = tale_record(tale, id);
    if (record == NULL || said(tale, id)) {
        g_free(text);
        return;
    }
    Line line = { .id = id,
                  .weight = weight,
                  .at_us = record->at_us,
                  .who = who_of(tale, subject, object),
                  .text = text };
    g_array_append_val(tale->told, line);
}

void tale_say(Tale *tale, uint32_t id, Weight weight, const char *format, ...)
{
    const SimRecord *record = tale_record(tale, id);
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    say(tale, id, weight, record != NULL ? record->subject : SIM_NO_ENDPOINT,
        record != NULL ? record->object : SIM_NO_ENDPOINT, text);
}

void tale_say_of(Tale *tale, uint32_t id, Weight weight, SimEndpoint subject, SimEndpoint object,
                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    say(tale, id, weight, subject, object, text);
}

/* --- what became of a call ------------------------------------------------------------------- */

/* The records of one call's life that decide what became of it; 0: there is none. */
typedef struct Life {
    uint32_t intercepted, lost, answer_lost, delivered, answered, arrived, ended;
} Life;

static void note_life(const Tale *tale, Life *life, uint32_t id, const SimRecord *send)
{
    const SimRecord *record = tale_record(tale, id);
    switch ((int)record->kind) {
    case SIM_TRACE_INTERCEPTED:
        life->intercepted = id;
        break;
    case SIM_TRACE_MESSAGE_LOST:
        if (record->value >= 0) {
            break; /* sent again: only late */
        }
        if (record->subject == send->subject) {
            life->lost = life->lost ? life->lost : id;
        } else {
            life->answer_lost = life->answer_lost ? life->answer_lost : id;
        }
        break;
    case SIM_TRACE_MESSAGE_REPLY_LOST:
        life->answer_lost = id;
        break;
    case SIM_TRACE_DELIVERED:
        life->delivered = id;
        break;
    case SIM_TRACE_ANSWERED:
        life->answered = id;
        break;
    case SIM_TRACE_ARRIVED:
        life->arrived = id;
        break;
    case SIM_TRACE_MESSAGE_TIMEOUT:
    case SIM_TRACE_MESSAGE_REFUSED:
    case SIM_TRACE_BROKEN:
        life->ended = id;
        break;
    default:
        break;
    }
}

static Life life_of(const Tale *tale, uint32_t send)
{
    Life life = { 0 };
    const SimRecord *start = tale_record(tale, send);
    for (size_t i = send - tale->story->first_id + 1; start != NULL && i < tale->end; i++) {
        if (tale->story->records[i].call != send) {
            continue;
        }
        note_life(tale, &life, tale_id(tale, i), start);
        if (life.arrived || (life.ended && (life.delivered || life.lost))) {
            break;
        }
    }
    return life;
}

/* "lost: partition {n1,n2} | {n3}" */
static char *loss_words(const Tale *tale, uint32_t lost, const char *what)
{
    const SimRecord *record = tale_record(tale, lost);
    const SimRecord *cause = tale_record(tale, record->cause);
    const SimExplainNames *names = &tale->story->names;
    if (record->value == -2) {
        g_autofree char *called = tale_party(tale, record->object);
        return g_strdup_printf("%s: %s accepts no more connections", what, called);
    }
    if (record->value == SIM_TRACE_DAMAGED) {
        return g_strdup_printf("%s: damaged on its way", what);
    }
    if (cause != NULL && cause->kind == SIM_TRACE_INTERCEPTED) {
        return g_strdup_printf("%s: dropped by an interception", what);
    }
    if (cause == NULL || cause->kind != SIM_TRACE_LINK_CUT) {
        return g_strdup(what);
    }
    g_autofree char *fault =
        names->fault(names->data, cause->at_us, record->subject, record->object);
    return g_strdup_printf("%s: %s", what, fault != NULL ? fault : "the link is cut");
}

/* Is @party frozen at the end of the tale's record @id? The id of its pause, or 0. */
static uint32_t pause_of(const Tale *tale, SimEndpoint party, uint32_t id)
{
    int64_t at_us = tale_record(tale, id)->at_us;
    uint32_t pause =
        sim_story_latest(tale->story, at_us, SIM_TRACE_NODE_PAUSE, party, SIM_NO_ENDPOINT, 0);
    uint32_t resume =
        sim_story_latest(tale->story, at_us, SIM_TRACE_NODE_RESUME, party, SIM_NO_ENDPOINT, 0);
    return pause > resume ? pause : 0;
}

static char *end_words(const Tale *tale, uint32_t ended, uint32_t *by)
{
    const SimRecord *record = tale_record(tale, ended);
    g_autofree char *other = tale_party(tale, record->object);
    *by = ended;
    if (record->kind == SIM_TRACE_MESSAGE_REFUSED) {
        const SimRecord *cause = tale_record(tale, record->cause);
        if (cause != NULL && cause->kind == SIM_TRACE_LINK_CUT) {
            return loss_words(tale, ended, "refused");
        }
        if (record->value == 1) {
            return g_strdup_printf("rejected: the queue of %s is full", other);
        }
        return g_strdup_printf("refused: %s is down", other);
    }
    if (record->kind == SIM_TRACE_BROKEN) {
        return g_strdup_printf("broken: the connection to %s is lost", other);
    }
    uint32_t pause = pause_of(tale, record->object, ended);
    *by = pause ? pause : ended;
    g_autofree char *after = tale_duration(record->value);
    return pause ? g_strdup_printf("timed out: %s is paused", other)
                 : g_strdup_printf("timed out after %s", after);
}

static const char *status_words(int64_t status)
{
    switch (status) {
    case DISTRO_STATUS_VERIFY_FAILED:
    case DISTRO_STATUS_EXCEPTION:
    case DISTRO_STATUS_REFUSED_AS_OK:
        return "FAIL";
    default:
        return NULL;
    }
}

/* Why a node answered so: the failed call that it waited for, such as a FORWARD. */
static char *refusal_words(const Tale *tale, const SimRecord *answer, uint32_t *by)
{
    const SimRecord *why = tale_record(tale, answer->cause);
    g_autofree char *status = g_strdup(status_words(answer->value));
    if (status == NULL) {
        status = g_strdup_printf("%" G_GINT64_FORMAT, answer->value);
    }
    if (why == NULL || why->call == 0 || why->call == answer->call) {
        return g_strdup_printf("answered %s", status);
    }
    g_autofree char *words = NULL;
    const SimRecord *forward = tale_record(tale, why->call);
    tale_fate(tale, why->call, by, &words);
    g_autofree char *to = tale_party(tale, forward != NULL ? forward->object : SIM_NO_ENDPOINT);
    return g_strdup_printf("answered %s: the %s to %s was %s", status,
                           forward != NULL ? sim_op_name((SimOp)forward->op) : "call", to, words);
}

static Fate answered_fate(const Tale *tale, const Life *life, uint32_t *by, char **words)
{
    const SimRecord *answer = tale_record(tale, life->answered);
    const SimRecord *touched = tale_record(tale, life->intercepted);
    bool refused = touched != NULL && touched->value & 1 << SIM_INTERCEPT_REFUSE_APPLY;
    *by = life->intercepted ? life->intercepted : life->answered;
    if (refused && answer->value == DISTRO_STATUS_OK) {
        *words = g_strdup("answered OK, but not applied: an interception");
        return FATE_NOT_APPLIED;
    }
    if (answer->value == DISTRO_STATUS_OK) {
        *words = g_strdup("applied");
        return FATE_DONE;
    }
    *words = refused ? g_strdup("not applied and answered FAIL: an interception")
                     : refusal_words(tale, answer, by);
    return FATE_REFUSED;
}

static char *answer_loss_words(const Tale *tale, const Life *life)
{
    if (tale_record(tale, life->answer_lost)->kind == SIM_TRACE_MESSAGE_REPLY_LOST) {
        return g_strdup("applied, its answer dropped by an interception");
    }
    return loss_words(tale, life->answer_lost, "applied, its answer lost");
}

Fate tale_fate(const Tale *tale, uint32_t send, uint32_t *by, char **words)
{
    Life life = life_of(tale, send);
    *by = send;
    if (life.answer_lost) {
        *by = life.answer_lost;
        *words = answer_loss_words(tale, &life);
        return FATE_ANSWER_LOST;
    }
    if (life.answered && !life.lost) {
        return answered_fate(tale, &life, by, words);
    }
    if (life.lost) {
        *by = life.lost;
        const bool late = life.delivered != 0 && tale_record(tale, life.lost)->value != -2;
        *words = loss_words(tale, life.lost, late ? "late" : "lost");
        return FATE_LOST;
    }
    if (life.ended) {
        *words = end_words(tale, life.ended, by);
        return FATE_FAILED;
    }
    *words = g_strdup(life.delivered ? "not answered yet" : "under way");
    return FATE_UNDER_WAY;
}

static char *call_name(const Tale *tale, uint32_t send, const SimRecord *record)
{
    const SimExplainNames *names = &tale->story->names;
    GString *text = g_string_new(sim_op_name((SimOp)record->op));
    if (record->client != DISTRO_NONE) {
        g_autofree char *client = tale_client(tale, record->client);
        g_string_append_printf(text, " %s", client);
    }
    int64_t revision = record->op == SIM_OP_CHANGE || record->op == SIM_OP_VERIFY
                           ? names->revision(names->data, send)
                           : -1;
    if (revision >= 0) {
        g_string_append_printf(text, " rev %" G_GINT64_FORMAT, revision);
    }
    return g_string_free(text, false);
}

Fate tale_say_call(Tale *tale, uint32_t send, Weight weight)
{
    const SimRecord *record = tale_record(tale, send);
    if (record == NULL) {
        return FATE_UNDER_WAY;
    }
    g_autofree char *words = NULL;
    uint32_t by = 0;
    Fate fate = tale_fate(tale, send, &by, &words);
    g_autofree char *name = call_name(tale, send, record);
    tale_say(tale, send, weight, "%s   %s", name, words);
    return fate;
}

/* --- faults ---------------------------------------------------------------------------------- */

static void say_clock(Tale *tale, uint32_t id, const SimRecord *record)
{
    g_autofree char *by = tale_duration(ABS(record->value));
    tale_say(tale, id, WEIGHT_ROOT, "its clock is set: now %s %s", by,
             record->value < 0 ? "behind" : "ahead");
}

void tale_say_fault(Tale *tale, uint32_t id)
{
    const SimRecord *record = tale_record(tale, id);
    const SimExplainNames *names = &tale->story->names;
    if (record == NULL) {
        return;
    }
    g_autofree char *fault = NULL;
    g_autofree char *length = NULL;
    switch ((int)record->kind) {
    case SIM_TRACE_NODE_CRASH:
        tale_say(tale, id, WEIGHT_ROOT, "crashes: what it had not sent yet is lost");
        break;
    case SIM_TRACE_NODE_STOP:
        tale_say(tale, id, WEIGHT_ROOT, "stops: what it had not sent yet is lost");
        break;
    case SIM_TRACE_NODE_PAUSE:
        length = tale_duration(record->value);
        tale_say(tale, id, WEIGHT_ROOT, "is paused for %s", length);
        break;
    case SIM_TRACE_NODE_CLOCK:
        say_clock(tale, id, record);
        break;
    case SIM_TRACE_CLIENT_KILLED:
        tale_say_of(tale, id, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                    "is killed and says nothing more");
        break;
    case SIM_TRACE_CLIENT_CLOSED:
        tale_say_of(tale, id, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT, "closes");
        break;
    case SIM_TRACE_LINK_CUT:
        fault = names->fault(names->data, record->at_us, record->subject, record->object);
        tale_say(tale, id, WEIGHT_ROOT, "%s", fault != NULL ? fault : "the link is cut");
        break;
    default:
        break;
    }
}
