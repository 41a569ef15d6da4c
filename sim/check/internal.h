/* sim/check/internal.h -- what the families of checks share: hooks, stretches, and who counts.
 *
 * A check is a class (a table of hooks, each NULL where it does not care) and its own data. Most
 * claims have the form "this must not last longer than that": such a condition on a node and a
 * subject (an instance, a service, a client) is a *stretch*:
 *
 *      open ----due----> judged: does the node count? ---yes---> told (once per stretch)
 *        |                  |  not before t: due again at t
 *        |                  '- cut off: parked until a cut, a heal or the client's move
 *        '--- close at any time: the condition ended */
#pragma once

#include "sim/check/check.h"
#include "sim/client/client.h"
#include "sim/truth/reading.h"

typedef struct Check Check;

/* Stands where a stretch concerns no node. Nodes are numbered below. */
enum {
    CHECK_NO_NODE = 0xfff
};

typedef enum NodeChange {
    NODE_CHANGE_UP,
    NODE_CHANGE_LOADED,
    NODE_CHANGE_DOWN,
} NodeChange;

typedef enum CheckDue {
    CHECK_DUE_STRETCH,
    CHECK_DUE_INSTANCE,
    CHECK_DUE_NODE,
    CHECK_DUE_TICK,
} CheckDue;

typedef struct Stretch {
    int64_t since_us, due_us;
    uint32_t incarnation; /* of the node: a crash ends it */
    bool parked, told;
} Stretch;

typedef struct CheckClass {
    SimCheckType type;
    uint64_t events; /* a bit per DistroEventKind it wants; VERIFY_SENT is never told */
    void (*matched)(Check *check, const SimMatchedNews *matched); /* if it wants VERIFY_OK */
    void (*start)(Check *check);
    void (*clear)(Check *check);
    void (*listed)(Check *check, uint32_t node, SimInstance instance, bool listed);
    void (*content)(Check *check, uint32_t node, SimInstance instance);
    void (*instance)(Check *check, SimInstance instance);
    void (*node)(Check *check, uint32_t node, NodeChange change);
    void (*topology)(Check *check);
    void (*owners)(Check *check, uint32_t node);
    void (*client)(Check *check, uint32_t client);
    void (*consumer)(Check *check, uint32_t consumer);
    void (*event)(Check *check, const SimCoreNews *event);
    void (*view)(Check *check, uint32_t node, DistroClient client, DistroService service);
    void (*removed)(Check *check, SimInstance instance);
    void (*due)(Check *check, CheckDue what, uint32_t node, uint32_t subject);
    void (*finish)(Check *check);
    /* From when on @node counts for @subject; INT64_MAX: not before something changes. */
    int64_t (*counts_from)(const Check *check, uint32_t node, uint32_t subject);
    void (*tell)(Check *check, uint32_t node, uint32_t subject, const Stretch *stretch);
} CheckClass;

struct Check {
    const CheckClass *class;
    SimChecks *checks;
    SimWorld *world;
    SimTruth *truth;
    const SimConsumers *consumers;
    uint32_t index; /* among the world's checks */
    bool stopped;   /* what it finds no longer counts */
    int64_t values[4];
    int64_t heal_us;
    GHashTable *stretches; /* (node, subject) -> Stretch; look up only */
    GArray *parked;        /* uint64_t keys, in order of parking; some may be stale */
    void *own;             /* the class's business; freed with g_free after .clear */
};

extern const CheckClass sim_check_no_lost_instances, sim_check_no_zombies,
    sim_check_no_resurrection, sim_check_no_empty_service; /* presence.c */
extern const CheckClass sim_check_one_owner;               /* owner.c */
extern const CheckClass sim_check_verify_quiet, sim_check_no_native_expiry,
    sim_check_view_matches_store; /* protocol.c */
extern const CheckClass sim_check_bounded_queue, sim_check_bounded_traffic,
    sim_check_staleness;                        /* bounds.c */
extern const CheckClass sim_check_bridge_clean; /* bridge.c */
extern const CheckClass sim_check_election_safety, sim_check_log_matching,
    sim_check_leader_completeness, sim_check_state_machine_safety,
    sim_check_linearizable_writes; /* raft.c */
extern const CheckClass sim_check_no_stale_content, sim_check_no_rollback,
    sim_check_no_lost_write;                         /* contents.c */
extern const CheckClass sim_check_no_empty_consumer; /* consumers.c */

/* --- what is told (listen.c); cheap when no check wants it ------------------------------------ */
void sim_checks_listed(SimChecks *checks, uint32_t node, SimInstance instance, bool listed);
/* @node may show other contents of @instance, or others may be right. */
void sim_checks_content(SimChecks *checks, uint32_t node, SimInstance instance);
void sim_checks_instance_changed(SimChecks *checks, SimInstance instance);
void sim_checks_node_changed(SimChecks *checks, uint32_t node); /* booted, loaded, down */
void sim_checks_topology_changed(SimChecks *checks);            /* a cut or a heal */
void sim_checks_owners_changed(SimChecks *checks, uint32_t node);
void sim_checks_client_changed(SimChecks *checks, uint32_t client);     /* created, moved, gone */
void sim_checks_consumer_changed(SimChecks *checks, uint32_t consumer); /* see consumers.h */
void sim_checks_core_event(SimChecks *checks, const SimCoreNews *news);
void sim_checks_matched(SimChecks *checks, const SimMatchedNews *news);
void sim_checks_view(SimChecks *checks, uint32_t node, DistroClient client, DistroService service);
void sim_checks_copy_removed(SimChecks *checks, const SimCopyNews *news);

/* --- time ---------------------------------------------------------------------------------- */
void sim_check_wake(Check *check, int64_t at_us, CheckDue what, uint32_t node, uint32_t subject);

/* --- stretches ----------------------------------------------------------------------------- */
/* Nothing happens if it is open already. */
void sim_stretch_open(Check *check, uint32_t node, uint32_t subject, int64_t since_us,
                      int64_t due_us);
/* The same, and one that is open and was not told begins when @since_us says. */
void sim_stretch_set(Check *check, uint32_t node, uint32_t subject, int64_t since_us,
                     int64_t due_us);
void sim_stretch_close(Check *check, uint32_t node, uint32_t subject);
void sim_stretch_close_everywhere(Check *check, uint32_t subject);
/* It was parked and may count now. */
void sim_stretch_judge_parked(Check *check, uint32_t node, uint32_t subject);
void sim_stretch_judge_all_parked(Check *check);

/* --- who counts ---------------------------------------------------------------------------- */
bool sim_check_is_judged(const Check *check, uint32_t node); /* live and loaded */
int64_t sim_check_loaded_us(const Check *check, uint32_t node);
bool sim_check_can_call(const Check *check, uint32_t a, uint32_t b); /* one way or the other */
/* From when on @node counts for a client of server @server, or for @client, cuts considered. */
int64_t sim_check_counts_for_server(const Check *check, uint32_t node, uint32_t server);
int64_t sim_check_counts_for_client(const Check *check, uint32_t node, uint32_t client);
/* @node, in its present incarnation, is the last server that @client had. */
bool sim_check_is_served_by(const Check *check, uint32_t client, uint32_t node);

/* --- saying it ----------------------------------------------------------------------------- */
void sim_check_tell(Check *check, uint32_t node, uint32_t client, DistroService service,
                    const char *format, ...) G_GNUC_PRINTF(5, 6);
const char *sim_check_node_name(const Check *check, uint32_t node);
const char *sim_check_client_name(const Check *check, uint32_t client); /* "?" for UINT32_MAX */
/* Of an instance: INT64_MAX until @node has loaded, else from when on it counts for its client. */
int64_t sim_check_instance_counts_from(const Check *check, uint32_t node, uint32_t subject);
/* @client has moved: judge what is parked of its instances. */
void sim_check_judge_instances_of(Check *check, uint32_t client);
char *sim_check_instance_name(const Check *check, SimInstance instance); /* (transfer full) */
char *sim_check_service_name(const Check *check, DistroService service); /* (transfer full) */
