/* sim/truth/internal.h -- what truth.c, view.c and convergence.c share, and no other file reads.
 *
 *      claim (client, service)      what is held by acknowledgement, and what may have replaced it
 *         |  counted into
 *      instance (service, ip, port) how many claims hold it surely, how many perhaps
 *         |  compared with
 *      view (node)                  which listings it shows, which instances
 *         |  awaited by
 *      watch (one change)           which live nodes do not show it yet */
#pragma once

#include "sim/truth/counts.h"
#include "sim/truth/observe.h"
#include "sim/truth/reading.h"
#include "sim/world/world.h"

typedef enum TruthNewsKind {
#define X(name, type) TRUTH_NEWS_##name,
    SIM_TRUTH_NEWS(X)
#undef X
    TRUTH_N_NEWS,
} TruthNewsKind;

typedef struct TruthObservers {
    SimTruthObserver items[SIM_MOST_OBSERVERS];
    uint32_t count;
    uint8_t listeners[TRUTH_N_NEWS]; /* a bit per observer */
} TruthObservers;

typedef struct Watch Watch;
typedef struct WatchItem WatchItem;

/* One thing that a node must list, or must no longer list, to show a change. */
struct WatchItem {
    SimInstance instance;
    DistroListing listing; /* 0: the instance must be gone from the view */
    Watch *watch;
    WatchItem *next; /* of the same instance */
};

/* How far a change has come at one site. */
typedef struct WatchRegion {
    uint32_t missing; /* live nodes there that do not show it */
    int64_t shown_us; /* when the last of them came to show it */
} WatchRegion;

/* A change on its way to every live node of a cluster: its own, or one to which copies are brought.
 */
struct Watch {
    Watch *older, *newer; /* of the open ones */
    uint32_t claim;
    uint32_t cluster;
    bool copies;          /* in another cluster than the claim's */
    bool killed;          /* a silent death to be detected, not an acknowledged operation */
    Watch *next_copies;   /* of the same change, in yet another cluster */
    WatchRegion *regions; /* by site; NULL in a world of one site */
    DistroPublication publication;
    SimConvergence figure;
    uint32_t missing; /* live nodes that do not show it */
    uint64_t judged;  /* the view change for which it was last looked at */
    uint64_t *shown;  /* a bit per node */
    uint32_t n_items;
    WatchItem items[];
};

typedef struct TruthInstance {
    SimInstanceInfo info;
    uint32_t sure;     /* claims that hold it whatever becomes of what is under way */
    uint32_t maybe;    /* claims that hold it in some outcomes only */
    bool published;    /* it may have been listed rightly once: GONE, not UNKNOWN, when it ends */
    uint32_t mark;     /* equals SimTruth.mark: in the set being built */
    uint32_t shown_by; /* live nodes that list it */
    uint32_t next_of_service;     /* instance + 1 */
    SimInstance sibling;          /* the next of the ring; itself if it has none */
    uint32_t service;             /* the book's number */
    DistroListing newest_listing; /* head of the chain of its listings */
    uint32_t rights;              /* + 1: head of the chain of contents that are right */
    uint32_t acknowledged;        /* + 1: the newest content acknowledged */
    WatchItem *awaited;
} TruthInstance;

/* By listing number: which instance it describes, and the next listing of the same. */
typedef struct TruthListing {
    uint32_t instance; /* + 1; 0: not met yet */
    DistroListing next;
    uint32_t content; /* number in the book */
} TruthListing;

/* A content that is right for an instance: that of what is held, and of every operation that may
 * have been carried out since. */
typedef struct TruthRight {
    uint32_t content;
    uint32_t claims; /* how many outcomes have it; 0: free */
    uint32_t next;   /* + 1, of the same instance */
} TruthRight;

/* A content that was acknowledged, and differed from the one before it. */
typedef struct TruthAcknowledged {
    uint32_t content;
    uint32_t older; /* + 1, of the same instance */
    int64_t at_us;
} TruthAcknowledged;

/* What is counted and looked up for each cluster by itself. */
typedef struct TruthCluster {
    GArray *listings;     /* TruthListing */
    GHashTable *by_place; /* (place, port) -> instance + 1; look up only */
    uint32_t live;        /* instances that are LIVE */
    uint32_t alive;       /* nodes */
} TruthCluster;

typedef struct NodeView {
    uint32_t node, cluster;
    bool alive, loaded;
    SimCounts *shown;    /* those of all: by listing, how many clients bring it; */
    SimCounts *listings; /* by instance, how many of its listings are shown */
    uint64_t digest;
    uint32_t listed;            /* distinct listings */
    uint32_t live, gone, stray; /* instances it lists that are LIVE, GONE, UNKNOWN */
    uint32_t wrong;             /* of the live ones, those whose content is not right */
    SimCounts *known;           /* by instance, 1 if it was listed here since it last came to be */
    uint32_t known_live;        /* LIVE instances that were, listed now or not */
    int64_t lost_us, zombie_us; /* integrals up to counted_us; of the first, those that were */
    int64_t lost_listed_us;     /* listed here before */
    int64_t counted_us;
} NodeView;

typedef struct Claim {
    uint32_t client, cluster;
    uint32_t service;         /* the book's number */
    DistroService of_service; /* the core's, as it was given first */
    bool persistent;          /* it outlives its client */
    DistroPublication held;   /* by the last acknowledgement */
    uint32_t said;            /* the statement that is */
    uint32_t last;            /* the last that was held and was not nothing */
    uint64_t ended;           /* serial at which .last was given up */
    uint32_t newest;          /* operation + 1: head of those whose outcome is open */
    uint32_t next_of_client;
    Watch *watch;              /* (nullable) of its last change */
    struct Sighting *sighting; /* (nullable) likewise, of the answers to queries */
    Watch *copies;             /* (nullable) the same, where copies are brought */
} Claim;

typedef enum OperationState {
    OPERATION_OPEN,
    OPERATION_UNSURE,  /* abandoned, but it may have been carried out */
    OPERATION_REFUSED, /* abandoned without effect; its content counts until the next answer */
    OPERATION_SETTLED,
} OperationState;

typedef struct Operation {
    uint32_t claim;
    DistroPublication after;
    uint32_t said;  /* the statement that is; 0: nothing */
    uint32_t older; /* operation + 1 */
    uint8_t state;  /* OperationState */
    bool repeats;   /* an earlier attempt at the same is unsure */
} Operation;

typedef struct TruthClient {
    uint32_t newest_claim; /* + 1 */
    uint64_t published;    /* serial of its last acknowledged publication */
} TruthClient;

struct SimTruth {
    SimWorld *world;
    GArray *instances;  /* TruthInstance */
    GArray *clusters;   /* TruthCluster */
    GHashTable *places; /* (service, ip), both the book's -> place + 1; look up only */
    uint32_t n_places;
    GArray *services; /* uint32_t by service of the book: newest instance + 1 */
    uint32_t mark;

    GArray *clients;       /* TruthClient */
    GArray *claims;        /* Claim */
    GHashTable *claim_of;  /* (client, service of the book) -> claim + 1; look up only */
    GHashTable *said;      /* (client, publication) -> statement; look up only */
    GHashTable *said_of;   /* (client, service) -> service of the book; look up only */
    GArray *operations;    /* Operation */
    uint64_t serial;       /* counts acknowledgements and goings */
    uint64_t acknowledged; /* operations, since the figures were reset */
    GArray *touched;       /* SimInstance: to be looked at when a claim has changed */
    GArray *outcomes;      /* scratch of count_claim */
    SimBook *book;
    GArray *rights;   /* TruthRight */
    GArray *contents; /* TruthAcknowledged */
    GArray *reworded; /* SimInstance: those whose rights have changed */

    GPtrArray *views;                 /* NodeView, by node */
    SimCounts shown, listings, known; /* theirs */
    SimCounts wrong;                  /* by instance, 1 where its content is not right */
    uint64_t view_changes;

    GArray *sightings;      /* Sighting * by service: the newest */
    GArray *seen_took;      /* int64_t */
    Watch *oldest, *newest; /* open watches, in order of acknowledgement */
    uint32_t open;          /* of them, acknowledged operations */
    GArray *convergences;   /* SimConvergence */
    GArray *arrivals;       /* SimArrival */
    GArray *bridges;        /* TruthBridge */
    GArray *heals;          /* int64_t: when it happened, later how long it took */
    GArray *heal_took;      /* int64_t */
    guint first_open_heal;
    TruthObservers observers;
};

/* Of a claim's owner: not an index but a client id, "ip:port#false". */
#define TRUTH_PERSISTENT 0x80000000u

/* What a table of pairs has of (@high, @low); 0: nothing. */
static inline uint32_t truth_look_up(GHashTable *table, uint32_t high, uint32_t low)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(table, sim_pack(high, low)));
}

/* truth_tell_listed(truth, &news), and so on. */
#define X(name, type)                                                                              \
    static inline void truth_tell_##name(const SimTruth *truth, type news)                         \
    {                                                                                              \
        const TruthObservers *observers = &truth->observers;                                       \
        unsigned left = observers->listeners[TRUTH_NEWS_##name];                                   \
        while (left != 0) {                                                                        \
            const SimTruthObserver *observer = &observers->items[__builtin_ctz(left)];             \
            left &= left - 1;                                                                      \
            observer->name(observer->data, news);                                                  \
        }                                                                                          \
    }
SIM_TRUTH_NEWS(X)
#undef X

static inline TruthInstance *truth_instance(const SimTruth *truth, SimInstance instance)
{
    return &g_array_index(truth->instances, TruthInstance, instance);
}
static inline NodeView *truth_view(const SimTruth *truth, uint32_t node)
{
    return g_ptr_array_index(truth->views, node);
}
static inline TruthCluster *truth_cluster(const SimTruth *truth, uint32_t cluster)
{
    return &g_array_index(truth->clusters, TruthCluster, cluster);
}
static inline Claim *truth_claim(const SimTruth *truth, uint32_t claim)
{
    return &g_array_index(truth->claims, Claim, claim);
}
static inline bool view_shows(const NodeView *view, DistroListing listing)
{
    return sim_counts_get(view->shown, listing, view->node) > 0;
}
static inline bool view_has_listed(const NodeView *view, SimInstance instance)
{
    return sim_counts_get(view->known, instance, view->node) > 0;
}
static inline bool view_lists(const NodeView *view, SimInstance instance)
{
    return sim_counts_get(view->listings, instance, view->node) > 0;
}

/* --- truth.c ------------------------------------------------------------------------------- */
/* Makes room for @cluster. */
void sim_truth_reach_cluster(SimTruth *truth, uint32_t cluster);
/* The instance that @item of @said describes in @cluster, entered if it is new. */
SimInstance sim_truth_said_instance(SimTruth *truth, uint32_t cluster, uint32_t said,
                                    uint32_t item);

/* --- content.c ----------------------------------------------------------------------------- */
/* Adds (@sign +1) or takes back (-1) what @claim says of its instances' contents. */
void sim_content_count(SimTruth *truth, const Claim *claim, int sign);
/* What @said says was acknowledged now, in @cluster. */
void sim_content_acknowledge(SimTruth *truth, uint32_t cluster, uint32_t said);
/* Judges the instances again whose rights have changed. */
void sim_content_review(SimTruth *truth);
/* @node may show @instance otherwise than before. */
void sim_content_look(SimTruth *truth, uint32_t node, SimInstance instance);
static inline bool truth_shows_wrong(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    return sim_counts_get(&truth->wrong, instance, node) > 0;
}

/* --- view.c -------------------------------------------------------------------------------- */
/* Count lost and zombie time up to now: before anything that changes either. */
void sim_truth_count_time(SimTruth *truth, NodeView *view);
/* @instance is about to leave its state (@sign -1) or has entered it (+1): every view's counts. */
void sim_truth_count_state(SimTruth *truth, SimInstance instance, int sign);

/* --- convergence.c ------------------------------------------------------------------------- */
/* Follow a change of @claim until every live node shows it: @publication and no longer @removed
 * (SimInstance). It takes the place of the claim's former watch. */
typedef struct TruthBridge { /* copies of what lives in .from are brought to .to */
    uint32_t from, to;
} TruthBridge;
void sim_watch_open(SimTruth *truth, uint32_t claim, DistroPublication publication,
                    const GArray *removed, bool killed);
/* The claim's last change was overtaken by another. */
void sim_watch_drop(SimTruth *truth, Claim *claim);
void sim_watch_free_all(SimTruth *truth);
/* Ask again for the watches that await @instance: at @node, or at all nodes with UINT32_MAX. */
void sim_watch_instance(SimTruth *truth, SimInstance instance, uint32_t node, DistroPath path);
void sim_watch_node_added(SimTruth *truth);
void sim_watch_node_up(SimTruth *truth, uint32_t node);
void sim_watch_node_down(SimTruth *truth, uint32_t node);
/* --- seen.c -------------------------------------------------------------------------------- */
/* Follow a change until every live node answers queries with it; in place of the claim's former
 * one. */
typedef struct Sighting Sighting;
void sim_seen_open(SimTruth *truth, uint32_t claim, DistroPublication publication,
                   const GArray *removed);
void sim_seen_drop(SimTruth *truth, Claim *claim);
void sim_seen_free_all(SimTruth *truth);
/* An instance of @service has come to be something else. */
void sim_seen_state_changed(SimTruth *truth, DistroService service);
void sim_seen_node_added(SimTruth *truth);
void sim_seen_node_changed(SimTruth *truth, uint32_t node, bool up);

/* --- convergence.c, again ------------------------------------------------------------------ */
/* Views changed: heals that waited for agreement may have it. */
void sim_heals_look(SimTruth *truth);
