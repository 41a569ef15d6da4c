/* tests/support/nodes.h -- hosts for nodes, as small as they can be.
 *
 * A Node is one core and everything it has done so far. Its peers exist only as far as the test
 * plays them: calls whose operation is in .obliging are answered well and at once, unless the peer
 * is silent or refuses; all others stay open until the test settles them, or time out.
 *
 * A Cluster is several cores and the messages between them, which take a constant time and are lost
 * only when the test says so: a second host beside the simulator.
 *
 * Addresses are written as one text, "a,b,c"; a Node is the first of them. Time starts at 0. */
#pragma once

#include "core/distro.h"
#include "core/v1/text.h"
#include "core/v2/text.h"

#define MS(n) ((int64_t)(n)*1000)
#define S(n) ((int64_t)(n)*1000000)
#define ALL_OPS (~0u)
#define OP(name) (1u << DISTRO_OP_##name)
/* What a living, loaded cluster answers without anybody caring. */
#define HOUSEKEEPING (OP(CONNECT) | OP(HEALTH) | OP(REPORT) | OP(SNAPSHOT))

/* One effect, and when. */
typedef struct Seen {
    int64_t at_us;
    DistroEffect effect;
    DistroMessage message; /* of SEND and ANSWER, decoded */
    bool open;             /* SEND, PROBE: nothing came back yet */
} Seen;

typedef struct Node {
    DistroNode *core;
    DistroDictionary *dictionary;
    DistroName self;
    int64_t now_us;
    int64_t wall_step_us; /* how far the wall clock was set; add to it to set it */
    int64_t wake_at_us;
    unsigned obliging;   /* bits of DistroOp */
    GPtrArray *silent;   /* addresses that answer nothing */
    GPtrArray *refusing; /* addresses where no process listens */
    GPtrArray *seen;     /* of Seen, which live as long as the node */
    guint mark;          /* what is counted starts here */
} Node;

/* A node that has not been booted, and whose peers are not obliging. */
Node *node_new(const DistroConfig *config, const char *members);
/* A node with stock settings whose peers are up, connected and had nothing to load. */
Node *node_among(const char *members);
Node *node_with(const DistroConfig *config, const char *members);
/* The same of Nacos 1.4. */
Node *node_v1_among(const char *members);
void node_free(Node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_free)

/* Inputs. All happen at the node's now. */
void node_boot(Node *node, const char *members);
void node_members(Node *node, const char *members);
void node_step(Node *node, DistroInput *input);
/* Lets time pass, waking the node when it wants and timing out what is not settled. */
void node_pass(Node *node, int64_t until_us);
void node_link_lost(Node *node, const char *peer);
void node_operate(Node *node, DistroOperationKind kind, const char *client, const char *service);
/* An HTTP write for @client; returns its status, or 0 if there is none yet. */
DistroStatus node_write(Node *node, DistroWriteKind kind, const char *client, const char *service);
DistroStatus node_write_of(Node *node, DistroWriteKind kind, const char *client,
                           DistroPublication publication);
/* A peer's request; returns the status of the answer. */
DistroStatus node_receive(Node *node, const DistroMessage *message);
DistroStatus node_receive_change(Node *node, const char *client, int32_t revision,
                                 const char *services);
DistroStatus node_receive_delete(Node *node, const char *client);
/* 1.x: @service has the one instance of @client, which beat at @beat_ms. */
DistroStatus node_receive_datum(Node *node, const char *client, const char *service,
                                int64_t beat_ms);
DistroStatus node_receive_verify(Node *node, const char *client, int32_t revision);

/* A publication of @service for @client's own ip and port (10.0.0.9:9 for a connection). */
DistroPublication node_publication(Node *node, const char *client, const char *service,
                                   bool healthy, const char *cluster, DistroExt ext);
DistroClient node_client(Node *node, const char *client);
/* The id of an ip:port client that, as @node sees it now, belongs to @owner. */
const char *node_client_of(Node *node, const char *owner);
/* The name of a service that, as a @node of 1.x sees it now, belongs to @owner. */
const char *node_service_of(Node *node, const char *owner);
DistroClientView node_view(Node *node, const char *client);
DistroService node_service(Node *node, const char *service);
DistroName node_name(Node *node, const char *text);

/* What the node did since node_forget. @peer NULL: any. */
void node_forget(Node *node);
guint node_sent(const Node *node, DistroOp op, const char *peer);
guint node_events(const Node *node, DistroEventKind event);
guint node_effects(const Node *node, DistroEffectKind kind);
/* The n-th call of that operation (NULL if there were fewer), and the last one. */
Seen *node_nth_sent(const Node *node, DistroOp op, const char *peer, guint n);
Seen *node_last_sent(const Node *node, DistroOp op, const char *peer);
Seen *node_last(const Node *node, DistroEffectKind kind);
/* Ends a call. */
void node_answer(Node *node, Seen *call, DistroStatus status);
void node_answer_with(Node *node, Seen *call, const DistroFrame *frame);
void node_fail(Node *node, Seen *call, DistroOutcome outcome);
/* Answers every open call of that operation. */
void node_answer_all(Node *node, DistroOp op, DistroStatus status);

const DistroMemberInfo *node_member(const Node *node, const char *address); /* NULL: no member */

/* --- several ------------------------------------------------------------------------------- */

typedef struct Cluster Cluster;
/* True if the message shall be lost; answers are asked about too. */
typedef bool (*ClusterLoss)(const char *from, const char *to, const DistroMessage *message);

/* Cores that listen at @members, none running yet. */
Cluster *cluster_new(const DistroConfig *config, const char *members, int64_t latency_us);
void cluster_free(Cluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cluster, cluster_free)
void cluster_boot(Cluster *cluster, const char *name);
void cluster_crash(Cluster *cluster, const char *name);
void cluster_lose(Cluster *cluster, ClusterLoss loss); /* NULL: nothing any more */
void cluster_pass(Cluster *cluster, int64_t until_us);
int64_t cluster_now(const Cluster *cluster);
DistroDictionary *cluster_dictionary(const Cluster *cluster);
const DistroNode *cluster_core(const Cluster *cluster, const char *name);
DistroClientView cluster_view(const Cluster *cluster, const char *name, const char *client);
void cluster_operate(Cluster *cluster, const char *name, DistroOperationKind kind,
                     const char *client, const char *service);
/* The status that the client got, once the cluster has passed on; 0 before. */
void cluster_write(Cluster *cluster, const char *name, DistroWriteKind kind, const char *client,
                   const char *service);
DistroStatus cluster_reply(const Cluster *cluster);
/* A hash over all effects of all nodes, in order, byte by byte. */
uint64_t cluster_fingerprint(const Cluster *cluster);
/* How often @name reported @event. */
guint cluster_events(const Cluster *cluster, const char *name, DistroEventKind event);
