/* sim/world/world.h -- nodes, clients, network, time: the whole simulated world and its run loop.
 *
 *      script  ----verbs---->  SimWorld  --inputs-->  DistroNode (one per running SimNode)
 *        ^                        |     <-effects--
 *        '----timers, changed-----'--> network, trace; observers (observe.h), servers and
 *                                      clients (resident.h)
 *
 * A world has no global state: many run side by side in threads, with the same results. Virtual
 * time is int64_t microseconds; the story starts at 0, nodes boot before. Rooms above read the
 * struct; what they add to a world is an opaque pointer of theirs in it. */
#pragma once

#include <stdatomic.h>

#include "sim/base/event_queue.h"
#include "sim/base/prng.h"
#include "sim/network/network.h"
#include "sim/trace/trace.h"
#include "sim/world/resident.h"

/* --- what a world is made of -------------------------------------------------------------- */

typedef struct SimClockSpec {
    int64_t offset_us; /* of the wall clock */
    int64_t drift_ppb; /* of both clocks: parts per billion, 0 is a perfect clock */
} SimClockSpec;

typedef struct SimNodeSpec {
    char *name;     /* "n1", "shanghai/n2" */
    char *address;  /* "10.0.0.1:8848" */
    char *known_as; /* (nullable) the address under which the others list it, if it is another */
    uint32_t site;
    DistroConfig config; /* profile and settings applied */
    char *profile;
    SimClockSpec clock;
} SimNodeSpec;

/* A cluster's sites stand together in the world's list. */
typedef struct SimSiteSpec {
    char *name;         /* "" for the only site of `nodes = n`; "east", "east/a" with clusters */
    uint32_t next_node; /* the number that a node joining here gets: nK */
    uint32_t cluster;
    uint32_t number; /* among its cluster's sites: the third one of its nodes' addresses */
} SimSiteSpec;

/* Servers that list each other as members. A world has one at least; `clusters` names several. */
typedef struct SimClusterSpec {
    char *name; /* "" for the only one */
    uint32_t first_site, n_sites;
    DistroConfig join_config; /* for nodes that join */
    char *join_profile;
    uint32_t turn; /* of its load balancers: the node that is asked first (client/balance.h) */
} SimClusterSpec;

typedef struct SimLinkSpec {
    uint32_t from, to; /* sites */
    SimLink link;
} SimLinkSpec;

typedef struct SimWorldSpec {
    GArray *nodes;         /* SimNodeSpec */
    GArray *clusters;      /* SimClusterSpec; none: one without a name, with all sites */
    GArray *sites;         /* SimSiteSpec */
    GArray *links;         /* SimLinkSpec: every ordered pair of sites, (a, a) included */
    GPtrArray *bridges;    /* SimBridgeSpec, of bridge/ */
    int64_t framing_bytes; /* with each message; or SIM_FRAMING_TCP, as new */
    bool manual_boot;
    bool exact_timers; /* none is late: what is explored has no chance in it */
    SimClientKind default_client;
    const char *default_release; /* (nullable) of its SDK; static */
    bool raft;                   /* each node has a voter beside it (sim/raft/group.h) */
} SimWorldSpec;
SimWorldSpec *sim_world_spec_new(void); /* empty arrays, defaults */
/* @name (nullable: "") is copied; it has the sites from the present end of the list on, as many as
 * .n_sites comes to say. Valid until the next is added. */
SimClusterSpec *sim_world_spec_add_cluster(SimWorldSpec *spec, const char *name);
void sim_world_spec_free(SimWorldSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimWorldSpec, sim_world_spec_free)

/* --- nodes -------------------------------------------------------------------------------- */

struct SimNode {
    SimWorld *world;
    uint32_t index;
    char *name;
    char *address;
    DistroName address_name; /* in the dictionary */
    DistroName known_name;   /* what the others list: .address_name, or what known_as says */
    uint32_t site;
    uint32_t cluster; /* of its site */
    DistroConfig config;
    char *profile;
    bool member; /* not left for good */
    bool alive;  /* its process runs */
    bool paused;
    bool loaded; /* initial load done since boot (standalone: at boot) */
    bool ready;
    uint32_t incarnation; /* counts boots */
    int64_t booted_us;
    DistroNode *core;         /* NULL unless alive */
    struct SimServer *server; /* of server/ */
    bool server_stirs;        /* it wants SimServerSide.schedule to be called */
    GArray *members;          /* DistroName: its own list */
    /* clocks: monotonic = (now - booted) * (1 + drift); wall = epoch + now + offset + drift */
    int64_t clock_base_us, clock_base_mono_us, clock_base_wall_us;
    int64_t drift_ppb;
    /* wake-ups */
    int64_t wake_at_us;     /* when the core wants to run (world time) */
    int64_t wake_queued_us; /* the wake event that counts; others in the queue are stale */
    int64_t paused_until_us;
    double slow_factor; /* 1: full speed */
    int64_t slow_until_us;
    DistroPath delivering_path;    /* of the call being handled */
    const DistroInput *verified;   /* round.c's: the VERIFIED being handled, */
    const int64_t *verified_at_us; /* and when each arrives; NULL: now */
};

/* --- the world ---------------------------------------------------------------------------- */

/* What else runs in the servers' processes, such as a voter of a Raft group in each. It has calls
 * (sim_op_is_beside), timers and lists of its own, and lives and dies with the processes; that is
 * all that the world knows of it. A world has one at most. */
typedef struct SimBeside {
    void *data;
    void (*free)(void *data);
    void (*added)(void *data, SimNode *node); /* it exists, and has not booted yet */
    void (*booted)(void *data, SimNode *node);
    /* Its process is about to end: what is sent now still leaves. @orderly: stopped, not crashed.
     */
    void (*ending)(void *data, SimNode *node, bool orderly);
    void (*resumed)(void *data, SimNode *node);
    void (*members_changed)(void *data, SimNode *node); /* its member list; it runs */
    void (*on_request)(void *data, SimNode *node, uint64_t call);
    void (*on_outcome)(void *data, SimNode *node, uint64_t call, DistroOutcome outcome,
                       const DistroFrame *answer);
    void (*on_event)(void *data, uint64_t payload); /* a SIM_EVENT_BESIDE */
    void (*redraw)(void *data, uint64_t seed);      /* all its streams, see prng.h */
    /* A client's write that is its own, not the core's: see SimCall.payload in client.h. */
    void (*on_client)(void *data, SimNode *node, uint64_t call);
    /* Adds to the @listings (DistroListing, enabled or not) that the core lists of @service. */
    void (*complete)(void *data, const SimNode *node, DistroService service, GArray *listings);
    bool (*has)(void *data, const SimNode *node, DistroService service); /* some to add */
    bool (*leads)(void *data, const SimNode *node); /* it knows who leads its group */
    /* The core's view changed because of the node's own client, or of one that has gone. */
    void (*published)(void *data, SimNode *node, DistroService service, DistroPublication former,
                      DistroPublication present);
    void (*finish)(void *data); /* the story has ended: last judgements */
} SimBeside;

struct SimWorld {
    uint64_t seed;
    const SimReality *reality; /* (nullable) borrowed: the servers are real (reality.h) */
    int64_t now_us;
    bool changed; /* a replica, a member's state or a client, during this event */
    bool stopped; /* no further event */
    /* (nullable) borrowed: set elsewhere, by a signal say: the run is to end without a result.
     * Looked at before each event, and by verbs before they work. */
    const atomic_bool *unwanted;
    bool at_fault_point; /* the story has come to one: for a search */
    uint64_t events;
    SimEventQueue *queue;
    DistroDictionary *dictionary;
    SimTrace *trace;
    SimNetwork *network;
    GPtrArray *nodes;           /* SimNode */
    GPtrArray *clients;         /* SimClient: dual ones have several */
    uint32_t processes;         /* of clients, so far */
    GPtrArray *fleets;          /* SimFleet */
    GPtrArray *bridges;         /* SimBridge */
    GArray *clusters;           /* SimClusterSpec: one at least */
    GArray *sites;              /* SimSiteSpec */
    GHashTable *client_by_name; /* name -> index + 1; look up only */
    GHashTable *client_by_id;   /* DistroClient -> index + 1, of the ids in use; look up only */
    GArray *node_by_address;    /* uint32_t by DistroName: index + 1, or 0 */
    const SimServerSide *server_side;
    const SimClientSide *client_side;
    struct SimObservers *observers; /* observe.h's */
    uint64_t wanted_events;         /* a bit per DistroEventKind that some observer waits for */
    struct SimHandlers *handlers;   /* resident.c's */
    void (*on_change)(void *data);  /* (nullable) */
    void *on_change_data;
    struct SimLists *lists;       /* of naming/; NULL until one is handed out */
    struct SimSessions *sessions; /* of server/; NULL until there is one */
    GArray *ahead_us;             /* round.c's: uint32_t, of the digests being handed out */
    struct SimConfigs *configs;   /* of config/; NULL until configuration is used */
    struct SimStudy *study;       /* (nullable) of study/: who watches this world */
    uint32_t operations;          /* of clients, so far: their numbers */
    GArray *kept;                 /* of client/: instances that Raft keeps; NULL: none yet */
    SimBeside *beside;            /* (nullable) what runs beside the nodes */
    SimWorldSpec *spec;
    struct SimFaults *faults; /* fault.c's */
    int64_t last_activity_us; /* last change that was not periodic traffic, for settle */
};

/* A world at rest, before its first event. @spec is taken. @record: keep a full trace. The two
 * sides are borrowed for as long as it lives. Most callers want sim_study_new (study/study.h). */
SimWorld *sim_world_new(SimWorldSpec *spec, uint64_t seed, bool record,
                        const SimServerSide *servers, const SimClientSide *clients);
void sim_world_free(SimWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimWorld, sim_world_free)

/* After an event that changed a replica, a member or a client @changed is called; NULL: nothing is.
 */
void sim_world_on_change(SimWorld *world, void (*changed)(void *data), void *data);
/* Boots all nodes (unless manual) at instants before 0 drawn from the seed and runs to time 0.
 * Names of nodes that are not loaded by then are appended to @not_loaded (nullable). */
void sim_world_boot(SimWorld *world, GPtrArray *not_loaded);
/* Takes the next event if it is due at or before @until_us; else sets the time to @until_us and
 * returns false. */
bool sim_world_step(SimWorld *world, int64_t until_us);

/* What sim_world_step does after an event: what waits for a change is told of one. */
void sim_world_look(SimWorld *world);
/* All chance from now on is another one, which follows from the run's seed and from @seed: what is
 * under way keeps what was drawn for it. */
void sim_world_redraw(SimWorld *world, uint64_t seed);

/* --- looking up --------------------------------------------------------------------------- */
/* Several times per event, so inline. */
static inline bool sim_world_is_unwanted(const SimWorld *world)
{
    return world->unwanted != NULL && atomic_load_explicit(world->unwanted, memory_order_relaxed);
}

static inline SimNode *sim_world_node(const SimWorld *world, uint32_t index)
{
    g_assert_cmpuint(index, <, world->nodes->len);
    return (SimNode *)world->nodes->pdata[index];
}

/* The address under which @reader lists @node: a server whose own address is not the one that the
 * others have still finds itself by its own (ServerMemberManager#init, EnvUtil#getLocalAddress). */
static inline DistroName sim_node_name_for(const SimNode *node, const SimNode *reader)
{
    return node == reader ? node->address_name : node->known_name;
}

static inline SimClient *sim_world_client(const SimWorld *world, uint32_t index)
{
    g_assert_cmpuint(index, <, world->clients->len);
    return (SimClient *)world->clients->pdata[index];
}

/* NULL: no node is there. */
static inline SimNode *sim_world_node_at(const SimWorld *world, DistroName address)
{
    const GArray *places = world->node_by_address;
    const uint32_t place = address < places->len ? g_array_index(places, uint32_t, address) : 0;
    return place == 0 ? NULL : sim_world_node(world, place - 1);
}

/* Its process has begun, and serves no one yet (distrosim.startTime). */
static inline bool sim_node_is_starting(const SimNode *node)
{
    return node->world->now_us < node->booted_us + node->config.start_us;
}

SimNode *sim_world_find_node(const SimWorld *world, const char *name);     /* NULL */
SimClient *sim_world_find_client(const SimWorld *world, const char *name); /* NULL */
SimClient *sim_world_client_of_id(const SimWorld *world, DistroClient id); /* NULL */
/* From now on @client is known to servers as @id, too. */
void sim_world_enter_client_id(SimWorld *world, DistroClient id, uint32_t client);
int sim_world_find_site(const SimWorld *world, const char *name);    /* -1 */
int sim_world_find_cluster(const SimWorld *world, const char *name); /* -1 */
const SimClusterSpec *sim_world_cluster(const SimWorld *world, uint32_t cluster);
const SimSiteSpec *sim_world_site(const SimWorld *world, uint32_t site);
/* "10.<cluster>.<site>.<k>:8848", where node @k of the site is unless told otherwise. (transfer
 * full) */
char *sim_site_address(const SimSiteSpec *site, uint32_t k);
/* "shop", or "group@@shop" of another group than the usual one. (transfer full) */
char *sim_world_service_name(const SimWorld *world, DistroService service);
/* That of @node, or of all with SIM_ALL_CLUSTERS: does @cluster mean it? */
bool sim_node_in(const SimNode *node, uint32_t cluster);

/* --- nodes' lives ------------------------------------------------------------------------- */
void sim_node_boot(SimNode *node);    /* empty, with its present member list */
void sim_node_crash(SimNode *node);   /* resets connections, memory lost */
void sim_node_stop(SimNode *node);    /* orderly: like crash, its connections are closed */
void sim_node_restart(SimNode *node); /* crash if it runs, then boot */
void sim_node_pause(SimNode *node, int64_t for_us);
/* Its requests take @factor times as long as they cost, or (@factor - 1) ms if they cost nothing.
 */
void sim_node_slow(SimNode *node, double factor, int64_t for_us);
/* Change the clock: @offset_us (nullable) sets, @step_us adds to the wall clock; @drift_ppb
 * (nullable) sets the drift of both clocks from now on. */
void sim_node_clock(SimNode *node, const int64_t *offset_us, const int64_t *drift_ppb,
                    int64_t step_us);
/* A new node boots at @site and appears in every member list of its cluster. @address NULL: the
 * next one. @known_as (nullable): the address under which the others list it. NULL and
 * @error (SIM_WORLD_ERROR) if name or address are taken. */
SimNode *sim_world_join(SimWorld *world, const char *name, uint32_t site, const char *address,
                        const char *known_as, GError **error);
/* Drained (orderly stop) and removed from every member list. */
void sim_world_leave(SimNode *node);
void sim_node_set_members(SimNode *node, SimNode *const *members, size_t count);
/* From the next boot on. */
void sim_node_set_profile(SimNode *node, const char *profile, const DistroConfig *config);

/* Between world.c, node.c and fault.c. */
void sim_node_event(SimWorld *world, uint64_t payload);
/* For the server around it: @timer, below 8, goes to SimServerSide.on_timer at @at_us, unless the
 * process has ended by then. */
void sim_node_set_timer(SimNode *node, int64_t at_us, uint32_t timer);
/* A request of a peer, and the outcome of a call that the core made. */
void sim_node_serve_peer(SimNode *node, uint64_t id, const SimCall *call);
void sim_node_take_outcome(SimNode *node, const SimCall *call, DistroOutcome outcome,
                           const DistroFrame *frame);
void sim_node_schedule(SimNode *node); /* its core or server may want to wake earlier */
void sim_node_tell_members(SimNode *node);
void sim_node_free(gpointer node);
void sim_faults_open(SimWorld *world);
struct SimHandlers *sim_handlers_new(void);
void sim_handlers_free(struct SimHandlers *handlers); /* and residents */
void sim_world_dispatch(const SimWorld *world, uint64_t word);
void sim_residents_redraw(const SimWorld *world, uint64_t seed);
void sim_world_tell_booted(SimNode *node); /* residents: its process has begun */
void sim_node_carry_out(SimNode *node, const DistroEffect *effect);

/* round.c: rounds of VERIFY, at the caller and at the called. */
void sim_round_carry_out(SimNode *node, const DistroEffect *effect);
void sim_round_matched(SimNode *node, const DistroEffect *effect);
void sim_round_on_verified(SimNode *node, uint64_t call, const SimDigests *digests,
                           const DistroMiss *misses, uint32_t miss_count);
bool sim_round_is_taken(const SimNode *node, uint32_t largest);
void sim_round_on_digests(SimNode *node, uint64_t call, const SimDigests *digests);

/* Give the running core one input (kind and payload filled in; times are set here) and carry out
 * its effects. */
void sim_node_input(SimNode *node, DistroInput *input);
int64_t sim_node_mono_us(const SimNode *node); /* its monotonic clock */
int64_t sim_node_wall_us(const SimNode *node); /* what its wall clock reads, since 1970 */
/* How much its clocks go on from now to @at_us, if they are not set. */
int64_t sim_node_elapsed(const SimNode *node, int64_t at_us);

#define SIM_EPOCH_US 1735689600000000 /* 2025-01-01T00:00:00Z */

/* --- cuts, on the world's level (sites included) -------------------------------------------- */
/* A party to a cut: a node, a named client, or a whole site (its nodes and clients). */
typedef enum SimPartyKind {
    SIM_PARTY_NODE,
    SIM_PARTY_CLIENT,
    SIM_PARTY_SITE
} SimPartyKind;
typedef struct SimParty {
    SimPartyKind kind;
    uint32_t index;
} SimParty;
typedef struct SimGroup {
    const SimParty *items;
    size_t count;
} SimGroup;
/* Groups; nodes in none are alone. */
/* Where a cluster is asked for, the others' nodes are left alone (SIM_ALL_CLUSTERS: none are). */
void sim_world_partition(SimWorld *world, uint32_t cluster, const SimGroup *groups, size_t count);
void sim_world_cut(SimWorld *world, SimGroup a, SimGroup b, bool oneway, bool calls);
void sim_world_isolate(SimWorld *world, uint32_t cluster, SimGroup a); /* from all other nodes */
void sim_world_bridge(SimWorld *world, SimGroup bridge, SimGroup left, SimGroup right);
void sim_world_ring(SimWorld *world, SimGroup ring); /* each hears its two neighbours only */
void sim_world_heal(SimWorld *world);
void sim_world_heal_cluster(SimWorld *world, uint32_t cluster); /* what is between its parties */
void sim_world_heal_pair(SimWorld *world, SimGroup a, SimGroup b);
/* Packets to and from it vanish, clients' too. */
void sim_world_blackhole(SimWorld *world, uint32_t cluster, SimGroup a);
/* Every link between a node of @a and one of @b, both directions, behaves as the present one
 * changed by @change (only the fields whose bit is set in @fields). */
typedef enum SimLinkField {
    SIM_LINK_DELAY = 1,
    SIM_LINK_JITTER = 2,
    SIM_LINK_SPREAD = 4,
    SIM_LINK_LOSS = 8,
    SIM_LINK_BURST = 16,
    SIM_LINK_BANDWIDTH = 32,
    SIM_LINK_QUEUE = 64,
    SIM_LINK_MTU = 128,
    SIM_LINK_DUPLICATE = 256,
    SIM_LINK_REORDER = 512,
    SIM_LINK_CORRUPT = 1024,
    SIM_LINK_DROP_ABOVE = 2048,
} SimLinkField;
void sim_world_degrade(SimWorld *world, SimGroup a, SimGroup b, const SimLink *change,
                       unsigned fields);
void sim_world_flap(SimWorld *world, SimGroup a, SimGroup b, int64_t down_us, int64_t up_us,
                    uint32_t times);
/* A node has joined, or a client was made: its links are what the faults that stand make of them.
 */
void sim_world_meet_faults(SimWorld *world, SimEndpoint newcomer);
void sim_world_clog(SimWorld *world, SimGroup a, SimGroup b, int64_t for_us);

/* --- bookkeeping --------------------------------------------------------------------------- */
/* A trace record at the present time. */
void sim_world_trace(SimWorld *world, SimTraceKind kind, SimEndpoint subject, SimEndpoint object,
                     DistroClient client, int64_t value);
/* "n3" or "shop-1". */
const char *sim_world_endpoint_name(const SimWorld *world, SimEndpoint endpoint);

#define SIM_WORLD_ERROR (sim_world_error_quark())
GQuark sim_world_error_quark(void);
