/* tools/distrod/remote/session.c -- what a server asks of a client, and what it answers. */
#include "tools/distrod/remote/session.h"

#include <string.h>

/* A request under way to the client. */
typedef struct Question {
    RegTimer timer;
    RegSession *session;
    uint64_t number;
    RegAskedDone done;
    void *data;
} Question;

const char *reg_session_id(const RegSession *session)
{
    return session->id;
}

const char *reg_session_ip(const RegSession *session)
{
    return session->ip;
}

const RegAddress *reg_session_peer(const RegSession *session)
{
    return reg_conn_peer(session->conn);
}

bool reg_session_is_naming(const RegSession *session)
{
    return g_strcmp0(session->module, "naming") == 0;
}

bool reg_session_is_sdk(const RegSession *session)
{
    return g_strcmp0(session->source, "sdk") == 0;
}

void reg_session_set_data(RegSession *session, void *data)
{
    session->data = data;
}

void *reg_session_data(const RegSession *session)
{
    return session->data;
}

void reg_session_close(RegSession *session)
{
    reg_conn_close(session->conn, REG_CLOSE_LOCAL);
}

/* ---- questions ---- */

static void finish_question(Question *question, RegAsked how)
{
    RegSession *session = question->session;
    reg_timers_clear(reg_loop_timers(reg_remote_loop(session->remote)), &question->timer);
    g_hash_table_remove(session->asked, &question->number);
    if (question->done != NULL) {
        question->done(question->data, how);
    }
    g_free(question);
}

static void give_up_question(RegTimer *timer)
{
    finish_question(REG_OWNER(timer, Question, timer), REG_ASKED_TIMEOUT);
}

static Question *new_question(RegSession *session, int64_t timeout_us, RegAskedDone done,
                              void *data)
{
    Question *question = g_new0(Question, 1);
    question->timer.fire = give_up_question;
    question->session = session;
    question->number = ++session->questions;
    question->done = done;
    question->data = data;
    if (session->asked == NULL) {
        session->asked = g_hash_table_new(g_int64_hash, g_int64_equal);
    }
    g_hash_table_insert(session->asked, &question->number, question);
    reg_timers_set_in(reg_loop_timers(reg_remote_loop(session->remote)), &question->timer,
                      timeout_us);
    return question;
}

static size_t total_size(GBytes *const *pieces, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += g_bytes_get_size(pieces[i]);
    }
    return size;
}

/* A session whose stream has ended is being closed: the question goes with it. */
void reg_session_ask(RegSession *session, const char *type, GBytes *const *pieces, size_t count,
                     int64_t timeout_us, RegAskedDone done, void *data)
{
    const Question *question = new_question(session, timeout_us, done, data);
    if (session->stream == NULL) {
        return;
    }
    char *opening = g_strdup_printf("{\"headers\":{},\"requestId\":\"%" G_GUINT64_FORMAT "\"",
                                    question->number);
    g_autoptr(GBytes) beginning = g_bytes_new_take(opening, strlen(opening));
    g_autoptr(GBytes) head =
        reg_payload_head(type, reg_remote_self_ip(session->remote), NULL, 0,
                         g_bytes_get_size(beginning) + total_size(pieces, count));
    reg_stream_send(session->stream, &head, 1);
    reg_stream_send(session->stream, &beginning, 1);
    reg_stream_send(session->stream, pieces, count);
}

void reg_session_answered(RegSession *session, const char *request_id, bool success)
{
    guint64 number;
    if (session->asked == NULL ||
        !g_ascii_string_to_unsigned(request_id, 10, 1, G_MAXUINT64, &number, NULL)) {
        return;
    }
    Question *question = g_hash_table_lookup(session->asked, &number);
    if (question != NULL) {
        finish_question(question, success ? REG_ASKED_WELL : REG_ASKED_BADLY);
    }
}

void reg_session_forget_questions(RegSession *session)
{
    while (session->asked != NULL && g_hash_table_size(session->asked) > 0) {
        GHashTableIter iterator;
        void *question;
        g_hash_table_iter_init(&iterator, session->asked);
        g_hash_table_iter_next(&iterator, NULL, &question);
        finish_question(question, REG_ASKED_GONE);
    }
    g_clear_pointer(&session->asked, g_hash_table_unref);
}
