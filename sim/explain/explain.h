/* sim/explain/explain.h -- why a node lists an instance, or does not: a walk backwards over causes.
 *
 * The records of a trace say what led to what; this picks the few that matter and says them in
 * lines such as
 *
 *      20.101 s  n1 > n3  CHANGE shop-1 rev 1   lost: partition {n1,n2} | {n3}
 *      23.102 s  n1       retry 1 of CHANGE shop-1 to n3
 *
 * Nothing here reads a world: names come from functions, so a test brings its own records. */
#pragma once

#include "sim/trace/trace.h"

/* What records cannot say by themselves. Strings are (transfer full). */
typedef struct SimExplainNames {
    const void *data;
    char *(*party)(const void *data, SimEndpoint endpoint); /* "n3", "shop-1" */
    char *(*client)(const void *data, DistroClient client); /* "shop-1" */
    /* What stands between @from and @to since @cut_us, "partition {n1,n2} | {n3}"; NULL: unknown */
    char *(*fault)(const void *data, int64_t cut_us, SimEndpoint from, SimEndpoint to);
    /* The revision that a SEND carries; below 0: none, or it was not kept. */
    int64_t (*revision)(const void *data, uint32_t send);
    /* Does @publication list the instance asked about? */
    bool (*lists)(const void *data, DistroPublication publication);
} SimExplainNames;

typedef struct SimHistory {
    const SimRecord *records;
    size_t count;
    uint32_t first_id; /* of records[0] */
    SimExplainNames names;
} SimHistory;

typedef struct SimQuestion {
    uint32_t node;
    const DistroClient *clients; /* ids under which the instance was ever published */
    size_t n_clients;
    SimEndpoint publisher; /* whose instance it is; SIM_NO_ENDPOINT: unknown */
    bool copied; /* that is a client of another cluster: what the node lists, a bridge brought */
    int64_t at_us;
} SimQuestion;

typedef enum SimListing {
    SIM_LISTING_LACKING, /* not listed, though its client lives */
    SIM_LISTING_ZOMBIE,  /* listed, though its client is gone or took it back */
    SIM_LISTING_STALE,   /* listed, but otherwise than its server lists it */
    SIM_LISTING_PRESENT, /* listed, as it should be */
    SIM_LISTING_ABSENT,  /* not listed, as it should be */
} SimListing;

enum {
    SIM_EXPLAIN_LINES = 7
};

/* What is the case, and the lines that tell why (char *, SIM_EXPLAIN_LINES at most, in order of
 * time) appended to @lines (nullable). */
SimListing sim_explain(const SimHistory *history, const SimQuestion *question, GPtrArray *lines);
/* Why the @n_nodes nodes 0, 1, ... do not agree on who owns a client: who holds whom for DOWN,
 * since when and why. What @question->node says comes first. Appended to @lines likewise. */
void sim_explain_owners(const SimHistory *history, uint32_t n_nodes, const SimQuestion *question,
                        GPtrArray *lines);
/* The newest record of @kind about @subject, @object and @client at or before @at_us
 * (SIM_NO_ENDPOINT and 0 mean any); 0 if there is none. */
uint32_t sim_history_latest(const SimHistory *history, int64_t at_us, SimTraceKind kind,
                            SimEndpoint subject, SimEndpoint object, DistroClient client);
const SimRecord *sim_history_record(const SimHistory *history,
                                    uint32_t id); /* NULL: 0 or forgotten */
