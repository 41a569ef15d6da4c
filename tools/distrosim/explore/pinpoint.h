/* tools/distrosim/explore/pinpoint.h -- from when on a run was lost, and what decided it.
 *
 *      share of red futures
 *      1 |                     .----------   sealed: from here on the lower bound of its 95 %
 *        |              .------'             interval stays above 0.9
 *      0 |--------------'
 *        +---------------------|---------|-> T
 *                              sealed    first violation
 *
 * Instants are those at which something happened. A coarse grid comes first, then the gap between
 * the last instant that was open and the first that was sealed is halved until nothing happened in
 * between. */
#pragma once

#include "tools/distrosim/explore/futures.h"

#define PINPOINT_CSV "pinpoint.csv"
#define PINPOINT_JSON "pinpoint.json"

typedef struct PinpointRow {
    int64_t t_us;
    size_t futures, red;
    double low, high; /* of the share's 95 % interval */
} PinpointRow;

typedef struct Pinpoint {
    const Runner *base;
    size_t futures; /* per instant */
    unsigned jobs;
    Progress *progress; /* nullable */
    /* what came out: */
    int64_t violated_us; /* the first violation */
    int64_t sealed_us;
    char *choice; /* what happened at that instant: "n1 > n3  message.lost  CHANGE" */
    char *cause;  /* in words, from what explains the violation */
    GArray *rows; /* PinpointRow, by time */
} Pinpoint;

typedef enum PinpointEnd {
    PINPOINT_DONE,
    PINPOINT_NOT_RED,
    PINPOINT_INTERRUPTED,
} PinpointEnd;

/* Fills what came out. */
PinpointEnd pinpoint_find(Pinpoint *pinpoint);
void pinpoint_clear(Pinpoint *pinpoint);

/* pinpoint.csv, pinpoint.json. (transfer full) */
char *pinpoint_csv(const Pinpoint *pinpoint);
char *pinpoint_json(const Pinpoint *pinpoint);
