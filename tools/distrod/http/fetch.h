/* tools/distrod/http/fetch.h -- HTTP/1.1 requests to others, by libcurl on the loop. */
#pragma once

#include "tools/distrod/base/loop.h"

typedef struct RegFetcher RegFetcher;

typedef enum RegFetched {
    REG_FETCHED,       /* an answer of whatever code */
    REG_FETCH_REFUSED, /* no server listens there */
    REG_FETCH_TIMEOUT,
    REG_FETCH_BROKEN, /* anything else */
} RegFetched;

/* @code and @body (not NULL for FETCHED; borrowed) are the answer's. */
typedef void (*RegFetchDone)(void *data, RegFetched how, unsigned code, const GString *body);

typedef struct RegFetch {
    const char *method;         /* "POST" */
    const char *url;            /* "http://10.0.0.1:8848/nacos/..." */
    const char *const *headers; /* (nullable) "Name: value", ends with NULL */
    int64_t connect_us, total_us;
    size_t max_bytes; /* of the answer's body */
} RegFetch;

RegFetcher *reg_fetcher_new(RegLoop *loop);
/* What is under way is dropped without a word. */
void reg_fetcher_free(RegFetcher *fetcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegFetcher, reg_fetcher_free)
/* @done is called once, never before this returns. */
void reg_fetch(RegFetcher *fetcher, const RegFetch *fetch, RegFetchDone done, void *data);
