/* sim/explain_internal.h -- what the explainer's files share.
 *
 *      explain.c        what is the case, and the walks that tell why
 *      explain_line.c   records as sentences */
#pragma once

#include "sim/explain.h"
#include "sim/network.h"

/* How much a line matters; the least important go when there are too many. */
typedef enum Weight {
    WEIGHT_ROOT,   /* a fault, or what somebody asked for */
    WEIGHT_LINK,   /* what carried it on */
    WEIGHT_DETAIL, /* how it stands since */
} Weight;

typedef struct Tale {
    const SimStory *story;
    const SimQuestion *question;
    size_t end;   /* records from here on are later than the question */
    GArray *told; /* Line */
} Tale;

typedef struct Line {
    uint32_t id; /* of the record, for the order; each stands once */
    Weight weight;
    int64_t at_us;
    char *who; /* "n1 > n3" */
    char *text;
} Line;

const SimRecord *tale_record(const Tale *tale, uint32_t id);
uint32_t tale_id(const Tale *tale, size_t index);
bool tale_about(const Tale *tale, DistroClient client); /* one of the question's */

/* Says @format about record @id, unless a line about it stands already. */
void tale_say(Tale *tale, uint32_t id, Weight weight, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* The same with a subject and an object of one's own. */
void tale_say_of(Tale *tale, uint32_t id, Weight weight, SimEndpoint subject, SimEndpoint object,
                 const char *format, ...) G_GNUC_PRINTF(6, 7);
/* (transfer full) */
char *tale_party(const Tale *tale, SimEndpoint endpoint);
char *tale_client(const Tale *tale, DistroClient client);
char *tale_duration(int64_t us);

/* What became of the call that @send started. */
typedef enum Fate {
    FATE_UNDER_WAY,
    FATE_DONE,        /* answered well */
    FATE_REFUSED,     /* answered otherwise */
    FATE_LOST,        /* the request never arrived in time */
    FATE_ANSWER_LOST, /* it was applied, and the caller does not know */
    FATE_NOT_APPLIED, /* answered well, though nothing was done */
    FATE_FAILED,      /* timed out, broken, nobody there */
} Fate;
Fate tale_fate(const Tale *tale, uint32_t send, uint32_t *by, char **words);
/* Says the call with what became of it: "CHANGE shop-1 rev 1   lost: ...". Its fate. */
Fate tale_say_call(Tale *tale, uint32_t send, Weight weight);
/* A node's crash, pause, clock; a cut: said as such. */
void tale_say_fault(Tale *tale, uint32_t id);
