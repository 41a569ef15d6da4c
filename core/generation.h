/* core/generation.h -- what a generation of Distro is to the rest of core/.
 *
 * node.c, load.c and filter.c are the same for all; each asks the node's generation for what
 * differs. A generation is a folder with one such table; adding one touches nothing else. */
#pragma once

#include "core/distro.h"
#include "core/members.h"

typedef struct DistroGeneration {
    void (*init)(DistroNode *node);
    void (*clear)(DistroNode *node);
    void (*boot)(DistroNode *node);
    void (*wake)(DistroNode *node);
    int64_t (*wake_at)(const DistroNode *node);
    /* The members are about to change; NULL where nothing depends on who they were. */
    void (*members_change)(DistroNode *node);
    /* A decoded request that is not for members.c, rpc.c or filter.c. */
    void (*request)(DistroNode *node, uint64_t call, const DistroMessage *message);
    /* Of a call that the generation made. */
    void (*outcome)(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                    const DistroMessage *answer);
    /* Many requests VERIFY at once, or as many good outcomes; NULL where there are no rounds. */
    void (*verify)(DistroNode *node, const DistroInput *input);
    void (*verified)(DistroNode *node, const DistroInput *input);
    /* Any operation of a client but WRITE, whose status it returns. */
    DistroStatus (*operate)(DistroNode *node, const DistroInput *input);
    /* filter.c: the hash that decides who is responsible for a write, and the write itself. */
    uint32_t (*tag_hash)(const DistroNode *node, const DistroWrite *write);
    DistroStatus (*write)(DistroNode *node, const DistroWrite *write);
    /* load.c: may it be asked for everything; the asking; a good answer's elements, one by one
     * (false: an exception, and those before it stay). */
    bool (*can_load_from)(const DistroMember *member);
    void (*ask_for_everything)(DistroNode *node, DistroTicket ticket);
    bool (*take_snapshot)(DistroNode *node, const DistroMessage *answer);
    /* Reading: as distro_node_state (without what load.c knows) and its kin. */
    DistroNodeState (*state)(const DistroNode *node);
    DistroClientView (*client)(const DistroNode *node, DistroClient client);
    DistroPublication (*listed)(const DistroNode *node, DistroClient client, DistroService service);
    const DistroClient *(*publishers)(const DistroNode *node, DistroService service, size_t *count);
    bool (*owns)(const DistroNode *node, DistroClient client, DistroService service);
    size_t (*replica_bytes)(const DistroNode *node, size_t *entries);
} DistroGeneration;

extern const DistroGeneration distro_generation_v1; /* v1/: 1.x, by service, over HTTP */
extern const DistroGeneration distro_generation_v2; /* v2/: 2.x and 3.x, by client, over gRPC */
