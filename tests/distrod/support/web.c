/* tests/distrod/support/web.c -- HTTP requests that wait for their answer. */
#include "tests/distrod/support/web.h"

#include "tests/distrod/support/waiting.h"
#include "tools/distrod/http/fetch.h"

typedef struct Answer {
    unsigned done, code;
    char *body;
} Answer;

static void take_answer(void *data, RegFetched how, unsigned code, const GString *body)
{
    Answer *answer = data;
    answer->done++;
    answer->code = how == REG_FETCHED ? code : 0;
    answer->body = g_strdup(body->str);
}

char *web_call(RegLoop *loop, const char *method, const char *url, const char *header,
               unsigned *code)
{
    g_autoptr(RegFetcher) fetcher = reg_fetcher_new(loop);
    const char *const headers[] = { header, NULL };
    const RegFetch fetch = { .method = method,
                             .url = url,
                             .headers = headers,
                             .connect_us = 5000000,
                             .total_us = 20000000,
                             .max_bytes = 16 << 20 };
    Answer answer = { 0 };
    reg_fetch(fetcher, &fetch, take_answer, &answer);
    wait_for_count(loop, &answer.done, 1);
    *code = answer.code;
    return answer.body != NULL ? answer.body : g_strdup("");
}
