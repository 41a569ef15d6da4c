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

#include "sim/truth/observe.h"

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

/* All three are borrowed. */
SimChecks *sim_checks_new(SimWorld *world, SimTruth *truth, SimConsumers *consumers);
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

/* What is to be told to them (sim_world_observe, sim_truth_observe). */
SimObserver sim_checks_observer(SimChecks *checks);
SimTruthObserver sim_checks_truth_observer(SimChecks *checks);
/* Before a violation is noted @violated is called; NULL: nothing is. */
void sim_checks_on_violation(SimChecks *checks, void (*violated)(void *data), void *data);

/* What is watched elsewhere was seen to be broken; counts if a check of that kind is watched. Takes
 * @message. @node: index, or UINT32_MAX. */
void sim_checks_report(SimChecks *checks, SimCheckKind kind, uint32_t node, char *message);
/* The story has ended: judge what is judged at the end. */
void sim_checks_finish(SimChecks *checks);

/* Note a violation (takes @message); the first of each stretch only is the caller's business. */
void sim_checks_violate(SimChecks *checks, const char *check, uint32_t node, uint32_t client,
                        DistroService service, char *message);
const SimViolation *sim_checks_violations(const SimChecks *checks, size_t *count);
