/* sim/metrics/consumers_parts.h -- what consumers.c and following.c share.
 *
 *      consumers.c      what each consumer's list is worth, from one change to the next
 *      following.c      changes on their way to the consumers of a service */
#pragma once

#include "sim/client/dual.h"
#include "sim/metrics/consumers.h"
#include "sim/truth/reading.h"

/* What a list is worth to a consumer at one site. */
typedef struct Verdict {
    bool wrong, empty;
    uint32_t expected; /* of the living, reachable from there */
    uint32_t zombies, unreachable;
    bool near_lives;        /* a provider of the own site does */
    uint32_t near_permille; /* of those that could be called */
} Verdict;

typedef struct Consumer {
    uint32_t client, site, cluster;
    uint32_t number; /* in .order */
    uint32_t list;
    bool open;
    int64_t counted_us, stale_since_us;
    Verdict verdict;
    GArray *lost;    /* SimInstance: it had them, they live, and it has not got them; NULL: none */
    uint32_t n_lost; /* of those, the ones that can be reached */
    int64_t time_us, empty_us, short_us, stale_us;
    SimShortest shortest; /* and for how long */
} Consumer;

/* How far a change has come among the consumers at one site. */
typedef struct SiteProgress {
    uint32_t missing; /* consumers there that do not have it */
    int64_t shown_us; /* when the last of them came to have it */
} SiteProgress;

/* A change on its way to the consumers of a service. */
typedef struct Following {
    uint32_t client, site;
    DistroPublication publication;
    GArray *removed; /* SimInstance */
    SimChange change;
    int64_t since_us;
    GArray *has; /* bool by consumer of the service, as many as there were at the start */
    SiteProgress *sites;
    uint32_t missing;
    uint32_t looked_at; /* the last list that was, and what came of it */
    bool found;
} Following;

/* Consumers of one site whose servers are of one cluster and who have the same list are alike. */
typedef struct Judged {
    uint32_t site, cluster, list;
    Verdict verdict;
} Judged;

/* What went and came from one list to the next: most consumers make the same step. */
typedef struct Step {
    uint32_t cluster, before, after;
    GArray *removed, *added; /* SimInstance */
} Step;

typedef struct Service {
    GArray *consumers;    /* Consumer */
    GPtrArray *following; /* Following */
    GArray *live;         /* SimInstance: live now in all clusters, if .live_known */
    bool live_known;
    GArray
        *judged; /* Judged: since the truth or the links changed; list numbers are never reused */
    Step step;   /* the last that was looked at */
} Service;

/* Where to find a consumer by its number. */
typedef struct Whom {
    DistroService service;
    guint place;
} Whom;

struct SimConsumers {
    SimWorld *world;
    SimTruth *truth;
    void (*turned)(void *data, uint32_t consumer); /* (nullable) */
    void *turned_data;
    GPtrArray *services; /* Service by number, or NULL */
    GArray *figures;     /* SimConsumerFigures by site */
    GArray *arrivals;    /* SimArrival */
    GArray *order;       /* Whom, by number */
    GHashTable *places;  /* (client, service) -> place in .consumers + 1; look up only */
    GHashTable *gone;    /* (client, instance) -> when it left the cache; look up only */
    GArray *reachable;   /* bool, from * sites + to */
    GArray *marks;       /* uint32_t by instance: scratch of diff */
    uint32_t mark;
};

/* --- consumers.c ---------------------------------------------------------------------------- */
uint32_t consumers_n_sites(const SimConsumers *consumers);
/* Changes are followed from site to site. */
bool consumers_has_several_sites(const SimConsumers *consumers);
/* NULL: it has no consumer yet. */
Service *consumers_find_service(const SimConsumers *consumers, DistroService service);
/* Is @who to hear of what lives in @cluster? It has servers there, or copies are brought to it. */
bool consumers_hears_of(const SimConsumers *consumers, const Consumer *who, uint32_t cluster);

/* --- following.c ---------------------------------------------------------------------------- */
/* Does @instance live in any cluster? */
bool consumers_lives(const SimTruth *truth, SimInstance instance);
/* Where and when @following has arrived so far, appended to @out (SimArrival). */
void consumers_append_arrivals(const SimConsumers *consumers, const Following *following,
                               GArray *out);
/* Consumer @number of @service has another list: which followed changes has it now? */
void consumers_look_at_followed(SimConsumers *consumers, Service *service, guint number);
