/* sim/client/client.h -- registry clients: the 2.x gRPC SDK and the 1.x HTTP SDK.
 *
 * State machines of the Java SDK (com.alibaba.nacos.client.naming). A client is its own
 * process on the network: it has one gRPC connection to one server (2.x), or asks any server over
 * HTTP (1.x), redoes, switches, beats.
 *
 *   2.x   STARTING -> RUNNING <-> UNHEALTHY      one connection; redo every 3 s; health check when
 *                                                idle 5 s; next server in the list on loss
 *   1.x   (no connection)                        POST/DELETE once, beats every 5 s, list polled */
#pragma once

#include "sim/client/balance.h"
#include "sim/client/sdk.h"
#include "sim/network/network.h"
#include "sim/world/resident.h"

extern const SimClientSide sim_client_side;

typedef struct SimClientSpec {
    const char *name; /* (nullable): "c<i>", i being its number, or the fleet's */
    SimClientKind kind;
    const SimSdk *sdk;           /* (nullable): the kind's default */
    const SimClient *load_cache; /* (nullable) namingLoadCacheAtStart: what this one left on disk */
    uint32_t site;               /* where it sits */
    const uint32_t *servers;     /* node indices of its server list, in order; of one cluster */
    uint32_t n_servers;
    int preferred;  /* index into servers that is asked first; -1: drawn */
    const char *ip; /* what it publishes */
    int32_t port;
    uint32_t api;                   /* 1.x: which open API it uses, 1 to 3; 0: 1 */
    bool tracked;                   /* false for fleet members: counted together */
    uint32_t fleet;                 /* or UINT32_MAX */
    bool deferred;                  /* its process starts with sim_client_start, not at once */
    const struct SimDualSpec *dual; /* (nullable) dual.h: it registers in a second cluster, too */
    SimBalanceSpec balance;         /* what stands between it and its servers */
} SimClientSpec;

/* A party of the world that is no SDK of this folder, such as a bridge's worker: what it is called
 * and where it stands is a client's business, what it does its own. */
typedef struct SimClientProcess {
    void *data;
    void (*on_request)(void *data, uint64_t call);
    void (*on_outcome)(void *data, const SimCall *call, DistroOutcome outcome,
                       const DistroFrame *answer);
    void (*on_timer)(void *data, uint32_t timer, uint32_t stamp);
} SimClientProcess;

/* requests: writes, subscriptions and queries, each counted once however often it was tried;
 * failed: those of them that ended without success. switches: connections to another server than
 * the one before (2.x). redos: what the redo task sent, or what a 1.x beat led to. */
typedef struct SimClientCounters {
    uint64_t requests, failed, beats, beats_failed, redos, switches;
} SimClientCounters;

/* How an operation ended, told once. @reason is static text, NULL when @ok. */
typedef void (*SimClientDone)(void *data, bool ok, const char *reason);

/* Creates the client in @world and lets it connect, as its SDK does. Returns its index; a dual
 * client's is that of its first stack. */
uint32_t sim_client_new(SimWorld *world, const SimClientSpec *spec);
/* Creates a party whose calls and timers go to @process, which is copied. To nodes it is a 1.x
 * client of @servers. Operations are not for it. */
uint32_t sim_client_new_process(SimWorld *world, const char *name, uint32_t site,
                                const uint32_t *servers, uint32_t n_servers,
                                const SimClientProcess *process);
/* Its process ends, with resets, and starts again. */
void sim_client_process_down(SimClient *client);
void sim_client_process_up(SimClient *client);
/* @timer is below 8, @stamp below 1 << SIM_CLIENT_STAMP_BITS. A frozen process' timers go off when
 * it resumes. */
enum {
    SIM_CLIENT_STAMP_BITS = 23
};
void sim_client_process_timer(SimClient *client, int64_t at_us, uint32_t timer, uint32_t stamp);
/* Starts a deferred client; operations given before wait for it. */
void sim_client_start(SimClient *client);
/* What the client comes to (explore/explore.h): @events are those of the world's queue (SimEvent).
 * A 1.x client has no digest yet. */
uint64_t sim_client_digest(const SimClient *client, const GArray *events);
bool sim_client_has_digest(const SimClient *client);
/* What the @number-th client created (from 1) publishes unless told otherwise: 10.128.0.0 +
 * @number, without the port, which is SIM_CLIENT_PORT. */
enum {
    SIM_CLIENT_PORT = 8080,
    SIM_CLIENT_ADDRESS_SIZE = 24
};
void sim_client_default_address(uint32_t number, char buffer[SIM_CLIENT_ADDRESS_SIZE]);

/* Operations. @done may be NULL; it is called once and later, never before the function returns. An
 * operation that close, kill or crash overtakes ends with the reason "closed", "killed" or
 * "crashed". For all:
 * asserted that the client is open. @publication belongs to @service.
 *
 * Reasons: "time-out", "not connected", "refused", "not found" (the server's release lacks the open
 * API), "closed", "killed", "crashed". */
void sim_client_register(SimClient *client, DistroService service, DistroPublication publication,
                         SimClientDone done, void *data);
void sim_client_deregister(SimClient *client, DistroService service, SimClientDone done,
                           void *data);
/* The same with one of several instances of @service, whose address that of @publication has (one
 * instance). What was never registered is acknowledged, and nothing changes. */
void sim_client_take_back(SimClient *client, DistroService service, DistroPublication publication,
                          SimClientDone done, void *data);
/* The same with an instance that Raft keeps: sent once, without redo or beats. @id is its client,
 * "ip:port#false", @publication what it publishes or (@op DEREGISTER) publishes no more. Asserted
 * that the client is no dual one. */
void sim_client_write_persistent(SimClient *client, SimOp op, DistroClient id,
                                 DistroService service, DistroPublication publication,
                                 SimClientDone done, void *data);
void sim_client_subscribe(SimClient *client, DistroService service, SimClientDone done, void *data);
/* 2.x: switch to this server now. 1.x: ask it first from now on. */
void sim_client_connect(SimClient *client, uint32_t node, SimClientDone done, void *data);
void sim_client_close(SimClient *client, SimClientDone done, void *data); /* orderly */
void sim_client_kill(SimClient *client);                                  /* says nothing more */
/* Its process dies and its host lives on: connections are reset at once, and what comes later is
 * refused. A 1.x client has no connection, so no server learns of it. */
void sim_client_crash(SimClient *client);
void sim_client_pause(SimClient *client, int64_t for_us);
/* What @client answers from now on to a server's check over HTTP: @status, 100 to 599. */
void sim_client_set_health_page(SimClient *client, uint32_t status);
/* Turns the failover switch: within 5 s sim_client_sees gives what was last written to disk. */
void sim_client_failover(SimClient *client, bool on);

bool sim_client_open(const SimClient *client); /* neither closed nor killed */
/* What the last subscription was answered with, or, of an agent's client, what its caller was
 * handed. */
size_t sim_client_answered(const SimClient *client, DistroService service, GArray *out);
/* The node it is connected to (2.x), or that took its last beat or write (1.x); UINT32_MAX: none.
 */
uint32_t sim_client_server(const SimClient *client);
/* The id under which the servers know it now: the connection's, or "ip:port#true" of what it
 * registers; 0 if none yet. */
DistroClient sim_client_id(const SimClient *client);
/* What its cache lists of @service: appended to @out (DistroListing). */
size_t sim_client_sees(const SimClient *client, DistroService service, GArray *out);
/* The same, as the last change event told its listeners: a 2.x SDK raises none for a list whose
 * lastRefTime, a server's wall clock, is older than that of the list before. */
size_t sim_client_heard(const SimClient *client, DistroService service, GArray *out);
SimClientCounters sim_client_counters(const SimClient *client); /* of all its stacks */
/* The number of its process, from 1 in order of creation: stacks do not count. */
uint32_t sim_client_number(const SimClient *client);
uint32_t sim_client_index(const SimClient *client);
/* Of the connections that it opens, drawn from the seed: those of one process do not meet. */
uint32_t sim_client_first_port(const SimClient *client);
const char *sim_client_name(const SimClient *client);
const SimSdk *sim_client_sdk(const SimClient *client);
SimClientKind sim_client_kind(const SimClient *client);
uint32_t sim_client_api(const SimClient *client); /* 1.x: 1, 2 or 3 */
SimBalanceSpec sim_client_balance(const SimClient *client);
uint32_t sim_client_site(const SimClient *client);
uint32_t sim_client_cluster(const SimClient *client); /* of the servers in its list */
DistroName sim_client_ip(const SimClient *client);    /* what it publishes by default */
int32_t sim_client_port(const SimClient *client);
/* What it wants to publish of @service, acknowledged or not: all of it, as one publication; 0:
 * nothing. */
DistroPublication sim_client_publication(const SimClient *client, DistroService service);
/* What it registered last at this address of @service, by itself; 0: nothing. */
DistroPublication sim_client_publication_at(const SimClient *client, DistroService service,
                                            DistroName ip, int32_t port);

/* An outcome as the world gives it, but of a call that no simulated network knows, and of a push;
 * without @service, of another request of its server. */
void sim_client_take_outcome(SimClient *client, const SimCall *ended, DistroOutcome outcome,
                             const DistroFrame *frame);
void sim_client_take_push(SimClient *client, DistroService service, uint32_t list, int64_t wall_ms);
/* The connection to @node has gone. */
void sim_client_on_connection_lost(SimClient *client, uint32_t node);
