/* sim/explain/internal.h -- what the explainer's files share.
 *
 *      explain.c        what is the case, and the walks that tell why
 *      removal.c        of these: why it was removed
 *      find.c           the records that they need
 *      line.c           records as sentences
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

enum {
    DEEPEST = 4, /* nodes that a walk passes: more would not fit into the lines anyway */
};

typedef struct Explanation {
    const SimHistory *history;
    const SimQuestion *question;
    size_t end;   /* records from here on are later than the question */
    GArray *told; /* Line */
} Explanation;

typedef struct Line {
    uint32_t id; /* of the record, for the order; each stands once */
    Weight weight;
    int64_t at_us;
    char *who; /* "n1 > n3" */
    char *text;
} Line;

/* What is told of @history up to the question's instant; both are borrowed. */
Explanation *explain_new(const SimHistory *history, const SimQuestion *question);
void explain_free(Explanation *explanation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Explanation, explain_free)
/* The lines that matter most, in order of time, appended to @lines (char *). */
void explain_lines(const Explanation *explanation, GPtrArray *lines);

const SimRecord *explain_record(const Explanation *explanation, uint32_t id);
uint32_t explain_id(const Explanation *explanation, size_t index);
bool explain_about(const Explanation *explanation, DistroClient client); /* one of the question's */

/* Says @format about record @id, unless a line about it stands already. */
void explain_say(Explanation *explanation, uint32_t id, Weight weight, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The same with a given subject and object. */
void explain_say_of(Explanation *explanation, uint32_t id, Weight weight, SimEndpoint subject,
                    SimEndpoint object, const char *format, ...) G_GNUC_PRINTF(6, 7);
/* (transfer full) */
char *explain_party(const Explanation *explanation, SimEndpoint endpoint);
char *explain_client(const Explanation *explanation, DistroClient client);
char *explain_duration(int64_t us);

/* What became of the call that @send started. */
typedef enum Fate {
    FATE_UNDER_WAY,
    FATE_DONE,        /* answered well */
    FATE_REFUSED,     /* answered otherwise */
    FATE_LOST,        /* the request never arrived in time */
    FATE_ANSWER_LOST, /* it was applied, and the caller does not know */
    FATE_NOT_APPLIED, /* answered well, though nothing was done */
    FATE_LATE,        /* it arrived after its caller had given up */
    FATE_FAILED,      /* timed out, broken, refused */
} Fate;
Fate explain_fate(const Explanation *explanation, uint32_t send, uint32_t *by, char **words);
/* Says the call with what became of it: "CHANGE shop-1 rev 1   lost: ...". Its fate. */
Fate explain_say_call(Explanation *explanation, uint32_t send, Weight weight);
/* The call that the called node made because of @send, to pass the write on; 0: none. */
uint32_t explain_passed_on(const Explanation *explanation, uint32_t send);
/* A node's crash, pause, clock; a cut: said as such. */
void explain_say_fault(Explanation *explanation, uint32_t id);

/* --- explain.c, removal.c -------------------------------------------------------------------- */

/* The view of the node that sent this, by which it had something to send. */
uint32_t explain_view_behind(const Explanation *explanation, uint32_t send);
void explain_tell_removal(Explanation *explanation, uint32_t view, int depth);
/* Why a node thinks that it cannot reach its peer, and since when. */
void explain_tell_unreachable(Explanation *explanation, SimEndpoint node, SimEndpoint peer);
/* The fault itself, where a call's end names one: a crash, a pause. */
void explain_tell_down(Explanation *explanation, SimEndpoint party, int64_t at_us);
void explain_tell_pauses(Explanation *explanation, uint32_t after, SimEndpoint party);
/* A call that did not do its work, and the fault behind it. True if it did. */
bool explain_tell_call(Explanation *explanation, uint32_t send, Weight weight);
/* Its own writes that failed: no server can list what none took. */
void explain_tell_failed_writes(Explanation *explanation, uint32_t after);

/* --- bridge.c --------------------------------------------------------------------------------- */

/* What led a bridge's worker to the call that @send started; false if none made it. */
bool explain_say_bridge(Explanation *explanation, uint32_t send);
/* The write of a client that a node has forwarded with @send, or @send itself. */
uint32_t explain_written(const Explanation *explanation, uint32_t send);
/* Of the copy that @renewed renewed last: that its worker has ended, if it has. */
void explain_say_bridge_end(Explanation *explanation, uint32_t renewed);

/* --- find.c; an id of 0 is none --------------------------------------------------------------- */

typedef bool (*Fits)(const Explanation *explanation, const SimRecord *record, const void *data);

/* What a record is compared with; SIM_NO_ENDPOINT and SIM_N_OPS mean any. */
typedef struct Pattern {
    int kind;
    SimEndpoint subject, object;
    SimOp op;
    bool about; /* it names one of the clients asked about */
    bool has_value;
    int64_t value;
} Pattern;

/* The first, the last record behind @after, before the end of the explanation, for which @fits is
 * true; how many there are. */
uint32_t explain_first_after(const Explanation *explanation, uint32_t after, Fits fits,
                             const void *data);
uint32_t explain_last_after(const Explanation *explanation, uint32_t after, Fits fits,
                            const void *data);
unsigned explain_count_after(const Explanation *explanation, uint32_t after, Fits fits,
                             const void *data);
bool explain_matches(const Explanation *explanation, const SimRecord *record, const void *data);
/* The same for records of one kind between two parties. */
uint32_t explain_first_of(const Explanation *explanation, uint32_t after, int kind,
                          SimEndpoint subject, SimEndpoint object);
uint32_t explain_last_of(const Explanation *explanation, uint32_t after, int kind,
                         SimEndpoint subject, SimEndpoint object);
/* What a VIEW record says is published since; does that list the instance asked about? */
DistroPublication explain_after_of(const SimRecord *view);
bool explain_lists(const Explanation *explanation, DistroPublication publication);
/* A node's present life: its boot, and the crash or stop that ended it. */
uint32_t explain_life_began(const Explanation *explanation, SimEndpoint node);
uint32_t explain_life_ended(const Explanation *explanation, SimEndpoint node);
/* The last change of what @node lists of the instance; what it lists in the end. */
uint32_t explain_latest_view(const Explanation *explanation, SimEndpoint node, bool any,
                             bool appears);
DistroPublication explain_listed_at(const Explanation *explanation, SimEndpoint node);
/* The publisher's last start and end, and the node that took its last write. */
bool explain_is_start(const Explanation *explanation, const SimRecord *record, const void *data);
uint32_t explain_end_of_publisher(const Explanation *explanation);
SimEndpoint explain_server_of(const Explanation *explanation);
