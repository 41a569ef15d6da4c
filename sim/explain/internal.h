/* sim/explain/internal.h -- what the explainer's files share.
 *
 *      explain.c        what is the case, and the walks that tell why
 *      explain_find.c   the records that they need
 *      explain_line.c   records as sentences
 *      owners.c         why nodes disagree on who owns a client */
#pragma once

#include "sim/explain/explain.h"
#include "sim/network/network.h"

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

/* What is told of @story up to the question's instant; both are borrowed. */
Tale *tale_new(const SimStory *story, const SimQuestion *question);
void tale_free(Tale *tale);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tale, tale_free)
/* The lines that matter most, in order of time, appended to @lines (char *). */
void tale_lines(const Tale *tale, GPtrArray *lines);

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

/* --- bridge.c --------------------------------------------------------------------------------- */

/* What led a bridge's worker to the call that @send started; false if none made it. */
bool tale_say_bridge(Tale *tale, uint32_t send);
/* The write of a client that a node has forwarded with @send, or @send itself. */
uint32_t tale_written(const Tale *tale, uint32_t send);
/* Of the copy that @renewed renewed last: that its worker has ended, if it has. */
void tale_say_bridge_end(Tale *tale, uint32_t renewed);

/* --- explain_find.c; an id of 0 is none ------------------------------------------------------- */

typedef bool (*Fits)(const Tale *tale, const SimRecord *record, const void *data);

/* What a record is compared with; SIM_NO_ENDPOINT and SIM_N_OPS mean any. */
typedef struct Pattern {
    int kind;
    SimEndpoint subject, object;
    SimOp op;
    bool about; /* it names one of the clients asked about */
    bool has_value;
    int64_t value;
} Pattern;

/* The first, the last record behind @after, before the end of the tale, for which @fits is true;
 * how many there are. */
uint32_t tale_first_after(const Tale *tale, uint32_t after, Fits fits, const void *data);
uint32_t tale_last_after(const Tale *tale, uint32_t after, Fits fits, const void *data);
unsigned tale_count_after(const Tale *tale, uint32_t after, Fits fits, const void *data);
bool tale_matches(const Tale *tale, const SimRecord *record, const void *data);
/* The same for records of one kind between two parties. */
uint32_t tale_first_of(const Tale *tale, uint32_t after, int kind, SimEndpoint subject,
                       SimEndpoint object);
uint32_t tale_last_of(const Tale *tale, uint32_t after, int kind, SimEndpoint subject,
                      SimEndpoint object);
/* What a VIEW record says is published since; does that list the instance asked about? */
DistroPublication tale_after_of(const SimRecord *view);
bool tale_lists(const Tale *tale, DistroPublication publication);
/* A node's present life: its boot, and the crash or stop that ended it. */
uint32_t tale_life_began(const Tale *tale, SimEndpoint node);
uint32_t tale_life_ended(const Tale *tale, SimEndpoint node);
/* The last change of what @node lists of the instance; what it lists in the end. */
uint32_t tale_latest_view(const Tale *tale, SimEndpoint node, bool any, bool appears);
DistroPublication tale_listed_at(const Tale *tale, SimEndpoint node);
/* The publisher's last start and end, and the node that took its last write. */
bool tale_is_start(const Tale *tale, const SimRecord *record, const void *data);
uint32_t tale_end_of_publisher(const Tale *tale);
SimEndpoint tale_server_of(const Tale *tale);
