/* sim/explain/line.c -- records as sentences. */
#include <stdarg.h>

#include "sim/explain/internal.h"

/* --- looking up ------------------------------------------------------------------------------ */

const SimRecord *sim_history_record(const SimHistory *history, uint32_t id)
{
    if (id < history->first_id || id - history->first_id >= history->count) {
        return NULL;
    }
    return &history->records[id - history->first_id];
}

const SimRecord *explain_record(const Explanation *explanation, uint32_t id)
{
    return sim_history_record(explanation->history, id);
}

uint32_t explain_id(const Explanation *explanation, size_t index)
{
    return explanation->history->first_id + (uint32_t)index;
}

bool explain_about(const Explanation *explanation, DistroClient client)
{
    for (size_t i = 0; i < explanation->question->n_clients; i++) {
        if (explanation->question->clients[i] == client) {
            return true;
        }
    }
    return false;
}

char *explain_party(const Explanation *explanation, SimEndpoint endpoint)
{
    if (endpoint == SIM_NO_ENDPOINT) {
        return g_strdup("");
    }
    return explanation->history->names.party(explanation->history->names.data, endpoint);
}

char *explain_client(const Explanation *explanation, DistroClient client)
{
    return explanation->history->names.client(explanation->history->names.data, client);
}

char *explain_duration(int64_t us)
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

static bool said(const Explanation *explanation, uint32_t id)
{
    for (guint i = 0; i < explanation->told->len; i++) {
        if (g_array_index(explanation->told, Line, i).id == id) {
            return true;
        }
    }
    return false;
}

static char *who_of(const Explanation *explanation, SimEndpoint subject, SimEndpoint object)
{
    g_autofree char *one = explain_party(explanation, subject);
    g_autofree char *other = explain_party(explanation, object);
    return *one && *other ? g_strdup_printf("%s > %s", one, other) : g_strdup(*one ? one : other);
}

static void say(Explanation *explanation, uint32_t id, Weight weight, SimEndpoint subject,
                SimEndpoint object, char *text)
{
    const SimRecord *record = explain_record(explanation, id);
    if (record == NULL || said(explanation, id)) {
        g_free(text);
        return;
    }
    Line line = { .id = id,
                  .weight = weight,
                  .at_us = record->at_us,
                  .who = who_of(explanation, subject, object),
                  .text = text };
    g_array_append_val(explanation->told, line);
}

void explain_say(Explanation *explanation, uint32_t id, Weight weight, const char *format, ...)
{
    const SimRecord *record = explain_record(explanation, id);
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    say(explanation, id, weight, record != NULL ? record->subject : SIM_NO_ENDPOINT,
        record != NULL ? record->object : SIM_NO_ENDPOINT, text);
}

void explain_say_of(Explanation *explanation, uint32_t id, Weight weight, SimEndpoint subject,
                    SimEndpoint object, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    say(explanation, id, weight, subject, object, text);
}

/* --- what became of a call ------------------------------------------------------------------- */

/* The records of one call's life that decide what became of it; 0: there is none. */
typedef struct Life {
    uint32_t intercepted, lost, answer_lost, delivered, answered, arrived, ended;
    uint32_t delayed;
    uint32_t record;  /* what was done to the client's record */
    uint32_t renewed; /* and that its lease was renewed */
} Life;

static void note_life(const Explanation *explanation, Life *life, uint32_t id,
                      const SimRecord *send)
{
    const SimRecord *record = explain_record(explanation, id);
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
    case SIM_TRACE_MESSAGE_DELAYED:
        life->delayed = id;
        break;
    case SIM_TRACE_DELIVERED:
        life->delivered = id;
        break;
    case SIM_TRACE_RECORD_MADE:
    case SIM_TRACE_RECORD_CHANGED:
    case SIM_TRACE_RECORD_REMOVED:
    case SIM_TRACE_RECORD_KEPT:
    case SIM_TRACE_RECORD_ABSENT:
        life->record = id;
        break;
    case SIM_TRACE_LEASE_RENEWED:
        life->renewed = id;
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

static Life life_of(const Explanation *explanation, uint32_t send)
{
    Life life = { 0 };
    const SimRecord *start = explain_record(explanation, send);
    int64_t over_us = INT64_MAX; /* what the called noted at that instant still counts */
    for (size_t i = send - explanation->history->first_id + 1;
         start != NULL && i < explanation->end; i++) {
        const SimRecord *record = &explanation->history->records[i];
        if (record->at_us > over_us) {
            break;
        }
        if (record->call != send) {
            continue;
        }
        note_life(explanation, &life, explain_id(explanation, i), start);
        if (life.arrived || (life.ended && (life.answered || life.lost))) {
            over_us = MIN(over_us, record->at_us);
        }
    }
    return life;
}

/* "lost: partition {n1,n2} | {n3}" */
static char *loss_words(const Explanation *explanation, uint32_t lost, const char *what)
{
    const SimRecord *record = explain_record(explanation, lost);
    const SimRecord *cause = explain_record(explanation, record->cause);
    const SimExplainNames *names = &explanation->history->names;
    if (record->value == -2) {
        g_autofree char *called = explain_party(explanation, record->object);
        return g_strdup_printf("%s: %s accepts no more connections", what, called);
    }
    if (record->value == SIM_TRACE_DAMAGED) {
        return g_strdup_printf("%s: damaged on its way", what);
    }
    if (record->value == SIM_TRACE_CANCELLED) {
        return g_strdup_printf("%s: its caller had given up", what);
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

/* Is @party frozen at the end of the explanation's record @id? The id of its pause, or 0. */
static uint32_t pause_of(const Explanation *explanation, SimEndpoint party, uint32_t id)
{
    int64_t at_us = explain_record(explanation, id)->at_us;
    uint32_t pause = sim_history_latest(explanation->history, at_us, SIM_TRACE_NODE_PAUSE, party,
                                        SIM_NO_ENDPOINT, 0);
    uint32_t resume = sim_history_latest(explanation->history, at_us, SIM_TRACE_NODE_RESUME, party,
                                         SIM_NO_ENDPOINT, 0);
    return pause > resume ? pause : 0;
}

static char *end_words(const Explanation *explanation, uint32_t ended, uint32_t *by)
{
    const SimRecord *record = explain_record(explanation, ended);
    g_autofree char *other = explain_party(explanation, record->object);
    *by = ended;
    if (record->kind == SIM_TRACE_MESSAGE_REFUSED) {
        const SimRecord *cause = explain_record(explanation, record->cause);
        if (cause != NULL && cause->kind == SIM_TRACE_LINK_CUT) {
            return loss_words(explanation, ended, "refused");
        }
        if (record->value == 1) {
            return g_strdup_printf("rejected: the queue of %s is full", other);
        }
        return g_strdup_printf("refused: %s is down", other);
    }
    if (record->kind == SIM_TRACE_BROKEN) {
        return g_strdup_printf("broken: the connection to %s is lost", other);
    }
    uint32_t pause = pause_of(explanation, record->object, ended);
    *by = pause ? pause : ended;
    g_autofree char *after = explain_duration(record->value);
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
static char *refusal_words(const Explanation *explanation, const SimRecord *answer, uint32_t *by)
{
    const SimRecord *why = explain_record(explanation, answer->cause);
    g_autofree char *status = g_strdup(status_words(answer->value));
    if (status == NULL) {
        status = g_strdup_printf("%" G_GINT64_FORMAT, answer->value);
    }
    if (why == NULL || why->call == 0 || why->call == answer->call) {
        return g_strdup_printf("answered %s", status);
    }
    g_autofree char *words = NULL;
    const SimRecord *forward = explain_record(explanation, why->call);
    explain_fate(explanation, why->call, by, &words);
    g_autofree char *to =
        explain_party(explanation, forward != NULL ? forward->object : SIM_NO_ENDPOINT);
    return g_strdup_printf("answered %s: the %s to %s was %s", status,
                           forward != NULL ? sim_op_name((SimOp)forward->op) : "call", to, words);
}

/* --- what a call did where it came ----------------------------------------------------------- */

/* Revisions of heartbeat clients are hashes: nothing to read. */
static bool is_count(uint32_t revision)
{
    return revision < 100000;
}

static bool is_forward_of(const Explanation *explanation, const SimRecord *record, const void *data)
{
    (void)explanation;
    return record->kind == SIM_TRACE_SEND && record->op == SIM_OP_FORWARD &&
           record->cause == *(const uint32_t *)data;
}

uint32_t explain_passed_on(const Explanation *explanation, uint32_t send)
{
    Life life = life_of(explanation, send);

    return life.delivered
               ? explain_first_after(explanation, life.delivered, is_forward_of, &life.delivered)
               : 0;
}

static char *forward_words(const Explanation *explanation, uint32_t forward)
{
    g_autofree char *to = explain_party(explanation, explain_record(explanation, forward)->object);
    g_autofree char *words = NULL;
    uint32_t by;

    explain_fate(explanation, forward, &by, &words);
    return g_strdup_printf("passed on to %s, nothing is done here: %s there", to, words);
}

/* What @record says was done, "applied: rev 2 to 3". */
static char *record_words(const SimRecord *record)
{
    const uint32_t before = (uint32_t)((uint64_t)record->value >> 32);
    const uint32_t after = (uint32_t)record->value;

    switch ((int)record->kind) {
    case SIM_TRACE_RECORD_MADE:
        return is_count(after) ? g_strdup_printf("applied: new, rev %u", after)
                               : g_strdup("applied: new");
    case SIM_TRACE_RECORD_CHANGED:
        return is_count(before) && is_count(after)
                   ? g_strdup_printf("applied: rev %u to %u", before, after)
                   : g_strdup("applied");
    case SIM_TRACE_RECORD_REMOVED:
        return g_strdup("applied: the record is removed");
    case SIM_TRACE_RECORD_ABSENT:
        return g_strdup("changes nothing: there is no record");
    default:
        return is_count(before) ? g_strdup_printf("changes nothing: rev %u is held", before)
                                : g_strdup("changes nothing");
    }
}

static char *verify_words(const SimRecord *record, bool good)
{
    const uint32_t held = (uint32_t)((uint64_t)record->value >> 32);
    const uint32_t sent = (uint32_t)record->value;
    const char *answer = good ? "answered OK" : "answered FAIL";

    if (record->kind == SIM_TRACE_RECORD_ABSENT) {
        return g_strdup_printf("%s: there is no record", answer);
    }
    return is_count(held) && is_count(sent)
               ? g_strdup_printf("%s: rev %u sent, rev %u held", answer, sent, held)
               : g_strdup_printf("%s: another revision is held", answer);
}

static bool is_effect_of(const Explanation *explanation, const SimRecord *record, const void *data)
{
    (void)explanation;
    return (record->kind == SIM_TRACE_VIEW || record->kind == DISTRO_EVENT_SYNC_APPLIED ||
            record->kind == DISTRO_EVENT_SYNC_DELETED) &&
           record->cause == *(const uint32_t *)data;
}

/* What @send, which was served, did; (transfer full). */
static char *effect_words(const Explanation *explanation, uint32_t send, const Life *life)
{
    const SimRecord *call = explain_record(explanation, send);
    const SimRecord *record = explain_record(explanation, life->record);
    bool idle = record != NULL &&
                (record->kind == SIM_TRACE_RECORD_KEPT || record->kind == SIM_TRACE_RECORD_ABSENT);
    if (call->op == SIM_OP_VERIFY) {
        return record != NULL ? verify_words(record, true)
                              : g_strdup(life->renewed ? "matches, and renews" : "answered OK");
    }
    uint32_t forward = explain_passed_on(explanation, send);
    if (forward && (record == NULL || idle) && !life->renewed) {
        return forward_words(explanation, forward);
    }
    if (idle && life->renewed) {
        return g_strdup("renews the lease");
    }
    if (record != NULL) {
        return record_words(record);
    }
    return g_strdup(life->delivered && explain_first_after(explanation, life->delivered,
                                                           is_effect_of, &life->delivered)
                        ? "applied"
                        : "answered OK");
}

static Fate answered_fate(const Explanation *explanation, uint32_t send, const Life *life,
                          uint32_t *by, char **words)
{
    const SimRecord *answer = explain_record(explanation, life->answered);
    const SimRecord *touched = explain_record(explanation, life->intercepted);
    bool refused = touched != NULL && touched->value & 1 << SIM_INTERCEPT_REFUSE_APPLY;
    *by = life->intercepted ? life->intercepted : life->answered;
    if (refused && answer->value == DISTRO_STATUS_OK) {
        *words = g_strdup("answered OK, but not applied: an interception");
        return FATE_NOT_APPLIED;
    }
    if (answer->value == DISTRO_STATUS_OK) {
        *words = effect_words(explanation, send, life);
        return FATE_DONE;
    }
    const SimRecord *held = explain_record(explanation, life->record);
    if (!refused && held != NULL && held->op == SIM_OP_VERIFY) {
        *words = verify_words(held, false);
        return FATE_REFUSED;
    }
    *words = refused ? g_strdup("not applied and answered FAIL: an interception")
                     : refusal_words(explanation, answer, by);
    return FATE_REFUSED;
}

static char *answer_loss_words(const Explanation *explanation, uint32_t send, const Life *life)
{
    g_autofree char *effect = effect_words(explanation, send, life);
    if (explain_record(explanation, life->answer_lost)->kind == SIM_TRACE_MESSAGE_REPLY_LOST) {
        return g_strdup_printf("%s, its answer dropped by an interception", effect);
    }
    g_autofree char *what = g_strdup_printf("%s, its answer lost", effect);
    return loss_words(explanation, life->answer_lost, what);
}

/* It came after its caller had given up. */
static bool is_late(const Life *life)
{
    return life->ended && life->delivered > life->ended;
}

/* "timed out after 3.0 s, held up by an interception; arrives at 29.026 s: applied: rev 3 to 2" */
static char *late_words(const Explanation *explanation, uint32_t send, const Life *life,
                        uint32_t *by)
{
    const SimRecord *touched = explain_record(explanation, life->intercepted);
    bool held = touched != NULL && touched->value & 1 << SIM_INTERCEPT_DELAY;
    g_autofree char *end = end_words(explanation, life->ended, by);
    g_autofree char *effect =
        life->answered ? effect_words(explanation, send, life) : g_strdup("not answered yet");

    return g_strdup_printf(
        "%s%s; arrives at %.3f s: %s", end, held ? ", held up by an interception" : "",
        (double)explain_record(explanation, life->delivered)->at_us / 1e6, effect);
}

Fate explain_fate(const Explanation *explanation, uint32_t send, uint32_t *by, char **words)
{
    Life life = life_of(explanation, send);
    *by = send;
    if (life.answer_lost) {
        *by = life.answer_lost;
        *words = answer_loss_words(explanation, send, &life);
        return FATE_ANSWER_LOST;
    }
    if (is_late(&life) && !life.lost) {
        *words = late_words(explanation, send, &life, by);
        return FATE_LATE;
    }
    if (life.answered && !life.lost) {
        return answered_fate(explanation, send, &life, by, words);
    }
    if (life.lost) {
        *by = life.lost;
        const bool late =
            life.delivered != 0 && explain_record(explanation, life.lost)->value != -2;
        *words = loss_words(explanation, life.lost, late ? "late" : "lost");
        return FATE_LOST;
    }
    if (life.ended) {
        *words = end_words(explanation, life.ended, by);
        return FATE_FAILED;
    }
    *words = g_strdup(life.delivered ? "not answered yet" : "under way");
    return FATE_UNDER_WAY;
}

static char *call_name(const Explanation *explanation, uint32_t send, const SimRecord *record)
{
    const SimExplainNames *names = &explanation->history->names;
    GString *text = g_string_new(sim_op_name((SimOp)record->op));
    if (record->client != DISTRO_NONE) {
        g_autofree char *client = explain_client(explanation, record->client);
        g_string_append_printf(text, " %s", client);
    }
    const DistroOpInfo *info = sim_op_info((SimOp)record->op);
    int64_t revision =
        info != NULL && info->request.revision ? names->revision(names->data, send) : -1;
    if (revision >= 0) {
        g_string_append_printf(text, " rev %" G_GINT64_FORMAT, revision);
    }
    return g_string_free(text, false);
}

Fate explain_say_call(Explanation *explanation, uint32_t send, Weight weight)
{
    const SimRecord *record = explain_record(explanation, send);
    if (record == NULL) {
        return FATE_UNDER_WAY;
    }
    g_autofree char *words = NULL;
    uint32_t by = 0;
    Fate fate = explain_fate(explanation, send, &by, &words);
    g_autofree char *name = call_name(explanation, send, record);
    explain_say(explanation, send, weight, "%s   %s", name, words);
    return fate;
}

/* --- faults ---------------------------------------------------------------------------------- */

static void say_clock(Explanation *explanation, uint32_t id, const SimRecord *record)
{
    g_autofree char *by = explain_duration(ABS(record->value));
    explain_say(explanation, id, WEIGHT_ROOT, "its clock is set: now %s %s", by,
                record->value < 0 ? "behind" : "ahead");
}

void explain_say_fault(Explanation *explanation, uint32_t id)
{
    const SimRecord *record = explain_record(explanation, id);
    const SimExplainNames *names = &explanation->history->names;
    if (record == NULL) {
        return;
    }
    g_autofree char *fault = NULL;
    g_autofree char *length = NULL;
    switch ((int)record->kind) {
    case SIM_TRACE_NODE_CRASH:
        explain_say(explanation, id, WEIGHT_ROOT, "crashes: what it had not sent yet is lost");
        break;
    case SIM_TRACE_NODE_STOP:
        explain_say(explanation, id, WEIGHT_ROOT, "stops: what it had not sent yet is lost");
        break;
    case SIM_TRACE_NODE_PAUSE:
        length = explain_duration(record->value);
        explain_say(explanation, id, WEIGHT_ROOT, "is paused for %s", length);
        break;
    case SIM_TRACE_NODE_CLOCK:
        say_clock(explanation, id, record);
        break;
    case SIM_TRACE_CLIENT_KILLED:
        explain_say_of(explanation, id, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                       "is killed and says nothing more");
        break;
    case SIM_TRACE_CLIENT_CRASHED:
        explain_say_of(explanation, id, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                       "crashes, and its connections are reset");
        break;
    case SIM_TRACE_CLIENT_CLOSED:
        explain_say_of(explanation, id, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT, "closes");
        break;
    case SIM_TRACE_LINK_CUT:
        fault = names->fault(names->data, record->at_us, record->subject, record->object);
        explain_say(explanation, id, WEIGHT_ROOT, "%s", fault != NULL ? fault : "the link is cut");
        break;
    default:
        break;
    }
}
