/* sim/client/fleet.h -- many clients at once, and their churn.
 *
 * A fleet's members are ordinary clients (client.h); what is drawn for them (server, service, when
 * they start) comes from streams of the fleet's name, in member order. Churn is a Poisson process
 * per kind. */
#pragma once

#include "sim/client/client.h"

typedef struct SimFleet SimFleet;

typedef enum SimFleetSpread {
    SIM_SPREAD_EVEN,
    SIM_SPREAD_ZIPF
} SimFleetSpread;

typedef struct SimFleetSpec {
    const char *name; /* prefix of its members' names: "<name>-1" ... */
    SimClientKind kind;
    const SimSdk *sdk;              /* (nullable): the kind's default */
    const struct SimDualSpec *dual; /* (nullable): members register in a second cluster, too */
    SimBalanceSpec balance;         /* what stands between members and servers */
    uint32_t clients;
    uint32_t services;           /* "<name>.svc-1" ... in DEFAULT_GROUP, public */
    const SimFleet *services_of; /* (nullable): publish and subscribe to those of this fleet */
    uint32_t instances;          /* services that one client publishes an instance of */
    uint32_t subscribed;         /* services that one client subscribes to */
    SimFleetSpread spread;       /* of clients over services; zipf: share of rank k is 1/k */
    int64_t payload_bytes;       /* of metadata in each instance */
    int64_t start_us;            /* absolute */
    int64_t over_us;             /* they register spread evenly over this time */
    /* where they sit: per site a share (sum need not be 1); server lists are the site's nodes.
     * n_sites 0: servers are all nodes of a cluster, clients at the site of the one they ask first.
     */
    const uint32_t *sites;
    const double *shares;
    uint32_t n_sites;
    uint32_t cluster;        /* with n_sites 0: whose nodes; SIM_ALL_CLUSTERS: of any */
    const uint32_t *servers; /* with n_sites 0: asked first, one drawn; n_servers 0: any node */
    uint32_t n_servers;
} SimFleetSpec;

/* Rates per second; 0: none. A negative for_us means to the end. */
typedef struct SimChurnSpec {
    double register_, deregister, close, kill, update, crash;
    int64_t for_us;
} SimChurnSpec;

/* Creates the fleet and a client for each member; their processes start when they register. Returns
 * its index. @spec is copied; services > 0. */
uint32_t sim_fleet_new(SimWorld *world, const SimFleetSpec *spec);
void sim_fleet_free(SimFleet *fleet);
void sim_fleet_redraw(SimFleet *fleet, uint64_t seed); /* all its streams, see prng.h */
/* register: a new client joins and registers; deregister: a member takes its instance back and
 * stays; close/kill/crash: a member leaves; update: a member changes its metadata. Victims are
 * drawn uniformly from the open members (registered ones for deregister and update). A further call
 * adds to the churn that goes on. */
void sim_fleet_churn(SimFleet *fleet, const SimChurnSpec *spec);
void sim_fleet_close(SimFleet *fleet, uint32_t n); /* of the open members, drawn */
void sim_fleet_kill(SimFleet *fleet, uint32_t n);
void sim_fleet_crash(SimFleet *fleet, uint32_t n);
uint32_t sim_fleet_services(const SimFleet *fleet); /* how many */
const char *sim_fleet_name(const SimFleet *fleet);
/* Indices of all members ever, in order. */
const uint32_t *sim_fleet_members(const SimFleet *fleet, size_t *count);
/* A SIM_EVENT_FLEET whose payload's low 28 bits are the fleet's index. */
void sim_fleet_event(SimFleet *fleet, uint64_t payload);
