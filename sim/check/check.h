/* sim/check/check.h -- safety watched after every event that can matter.
 *
 * A check is one function from what changed to a verdict. Checks follow changes (an instance that
 * vanished from a view, a lease that ran out) and set themselves a time to look again; none rescans
 * the fleet. Fields and meanings: scenarios/API.md section 6.
 *
 * A node counts for a client while it is live and loaded, but not while cuts leave no call that can
 * complete between it and the client's server (of a heartbeat client: the node that took its last
 * beat), nor for .heal after that. A crash is no cut. */
#pragma once

#include "sim/truth/truth.h"

typedef enum SimCheckKind {
    SIM_CHECK_NO_LOST_INSTANCES,
    SIM_CHECK_NO_ZOMBIES,
    SIM_CHECK_NO_RESURRECTION,
    SIM_CHECK_ONE_OWNER,
    SIM_CHECK_NO_EMPTY_SERVICE,
    SIM_CHECK_VERIFY_QUIET,
    SIM_CHECK_NO_NATIVE_EXPIRY,
    SIM_CHECK_VIEW_MATCHES_STORE,
    SIM_CHECK_BOUNDED_QUEUE,
    SIM_CHECK_BOUNDED_TRAFFIC,
    SIM_CHECK_STALENESS,
    SIM_CHECK_BRIDGE_CLEAN,
    SIM_CHECK_ELECTION_SAFETY, /* these four and the next: only where Raft runs beside the nodes */
    SIM_CHECK_LOG_MATCHING,
    SIM_CHECK_LEADER_COMPLETENESS,
    SIM_CHECK_STATE_MACHINE_SAFETY,
    SIM_CHECK_LINEARIZABLE_WRITES,
    SIM_CHECK_NO_STALE_CONTENT,
    SIM_CHECK_NO_ROLLBACK,
    SIM_CHECK_NO_LOST_WRITE,
    SIM_CHECK_NO_EMPTY_CONSUMER,
    SIM_N_CHECKS,
} SimCheckKind;

typedef enum SimCheckFieldKind {
    SIM_CHECK_FIELD_DURATION, /* microseconds */
    SIM_CHECK_FIELD_COUNT,
    SIM_CHECK_FIELD_RATE,  /* a size per second, bytes */
    SIM_CHECK_FIELD_RATIO, /* a plain number, times 1000 */
} SimCheckFieldKind;

/* The table that the script reads to accept `checks.no_zombies { grace = s(186) }`. */
typedef struct SimCheckField {
    const char *name; /* "grace", "gap", "heal", "failures", ... */
    SimCheckFieldKind kind;
    int64_t fallback; /* the default; -1: as grace; INT64_MAX: no bound */
} SimCheckField;
typedef struct SimCheckType {
    const char *name;        /* "no_lost_instances" */
    SimCheckField fields[4]; /* until name == NULL */
} SimCheckType;
const SimCheckType *sim_check_type(SimCheckKind kind);

enum {
    SIM_MOST_CHECKS = 256 /* that a world watches */
};

typedef struct SimCheck {
    SimCheckKind kind;
    int64_t values[4]; /* in the order of the type's fields */
} SimCheck;
SimCheck sim_check_default(SimCheckKind kind); /* every field at its fallback */

/* Something that must hold did not. */
typedef struct SimViolation {
    int64_t at_us;
    const char *check;     /* a check's name, or "expect", "eventually", ... ; static */
    uint32_t node;         /* index, or UINT32_MAX */
    uint32_t client;       /* index, or UINT32_MAX */
    DistroService service; /* or 0 */
    char *message;         /* one sentence */
} SimViolation;

SimChecks *sim_checks_new(SimWorld *world);
void sim_checks_free(SimChecks *checks);
/* What they wait for (explore/explore.h). */
uint64_t sim_checks_digest(const SimChecks *checks);
/* The name of one that remembers what its digest does not tell; NULL if there is none. */
const char *sim_checks_undigested(const SimChecks *checks);
/* How many there are, stopped ones included: fewer than SIM_MOST_CHECKS before one is added. */
guint sim_checks_count(const SimChecks *checks);
/* Returns its number, or UINT32_MAX if it is not watched, being muted. */
guint sim_checks_add(SimChecks *checks, const SimCheck *check);
/* Nothing that the check of this number finds from now on counts. */
void sim_checks_stop(SimChecks *checks, guint number);
/* What is added from now on is not watched (to measure what watching costs). */
void sim_checks_mute(SimChecks *checks);
void sim_checks_event(SimChecks *checks, uint64_t payload); /* a SIM_EVENT_CHECK */

/* What the parts of the world tell the checks. Cheap when no check wants it. */
void sim_checks_listed(SimChecks *checks, uint32_t node, SimInstance instance, bool listed);
/* @node may show other contents of @instance, or others may be right. */
void sim_checks_content(SimChecks *checks, uint32_t node, SimInstance instance);
void sim_checks_instance_changed(SimChecks *checks, SimInstance instance);
void sim_checks_node_changed(SimChecks *checks, uint32_t node); /* booted, loaded, down */
void sim_checks_topology_changed(SimChecks *checks);            /* a cut or a heal */
void sim_checks_owners_changed(SimChecks *checks, uint32_t node);
void sim_checks_consumer_changed(SimChecks *checks, uint32_t consumer); /* see consumers.h */
void sim_checks_client_changed(SimChecks *checks, uint32_t client);     /* created, moved, gone */
void sim_checks_core_event(SimChecks *checks, uint32_t node, DistroEventKind event,
                           uint32_t peer_node, DistroClient client);
/* A VERIFY_OK of @node for each digest but the misses. */
void sim_checks_matched(SimChecks *checks, uint32_t node, uint32_t peer_node,
                        const DistroDigest *digests, uint32_t count, const DistroMiss *misses,
                        uint32_t miss_count);
/* A read view changed, for this client and service. From sim_truth_view. */
void sim_checks_view(SimChecks *checks, uint32_t node, DistroClient client, DistroService service);
/* A bridge's deregistration of @instance, in its cluster, was acknowledged. */
void sim_checks_bridge_removed(SimChecks *checks, SimInstance instance);
/* What is watched elsewhere was seen to be broken; counts if a check of that kind is watched. Takes
 * @message. @node: index, or UINT32_MAX. */
void sim_checks_report(SimChecks *checks, SimCheckKind kind, uint32_t node, char *message);
/* The story has ended: judge what is judged at the end. */
void sim_checks_finish(SimChecks *checks);

/* Note a violation (takes @message); the first of each stretch only is the caller's business. */
void sim_checks_violate(SimChecks *checks, const char *check, uint32_t node, uint32_t client,
                        DistroService service, char *message);
const SimViolation *sim_checks_violations(const SimChecks *checks, size_t *count);
