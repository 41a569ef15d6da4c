/* core/behaviour.h -- how a node behaves that speaks one protocol, and not another.
 *
 * node.c, load.c and filter.c are the same for all protocols; each asks the node's for what
 * differs. A node is allocated with its protocol's state behind it (.node_size), which the protocol
 * alone knows. */
#pragma once

#include "core/distro.h"
#include "core/members.h"

struct DistroDigester; /* digest.h */

typedef struct DistroBehaviour {
    size_t node_size; /* of a struct that begins with a DistroNode; zero when .init gets it */
    void (*init)(DistroNode *node);
    void (*clear)(DistroNode *node);
    void (*boot)(DistroNode *node);
    void (*wake)(DistroNode *node);
    int64_t (*wake_at)(const DistroNode *node);
    /* The members are about to change; NULL where nothing depends on who they were. */
    void (*members_change)(DistroNode *node);
    /* A decoded request that is not for members.c, rpc.c or filter.c. */
    void (*request)(DistroNode *node, uint64_t call, const DistroMessage *message);
    /* Of a call that the protocol made (DISTRO_PURPOSE_PROTOCOL). */
    void (*outcome)(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                    const DistroMessage *answer);
    /* Of a probe; NULL where no connection is probed. */
    void (*probed)(DistroNode *node, DistroTicket ticket, DistroOutcome outcome);
    /* Many requests VERIFY at once, or as many good outcomes; NULL where there are no rounds. */
    void (*verify)(DistroNode *node, const DistroInput *input);
    void (*verified)(DistroNode *node, const DistroInput *input);
    /* Any operation of a client but WRITE, whose status it returns. */
    DistroStatus (*operate)(DistroNode *node, const DistroInput *input);
    /* filter.c: the hash that decides who is responsible for a write, and the write itself. */
    uint32_t (*tag_hash)(const DistroNode *node, const DistroWrite *write);
    DistroStatus (*write)(DistroNode *node, const DistroWrite *write);
    /* load.c: may it be asked for everything; the asking; a good answer's elements, one by one
     * (false: an exception, and those before it stay). All NULL: nothing is loaded at the start. */
    bool (*can_load_from)(const DistroMember *member);
    void (*ask_for_everything)(DistroNode *node, DistroTicket ticket);
    bool (*take_snapshot)(DistroNode *node, const DistroMessage *answer);
    /* Reading: as distro_node_state (without what load.c knows) and its kin. */
    DistroNodeState (*state)(const DistroNode *node);
    DistroClientView (*client)(const DistroNode *node, DistroClient client);
    DistroPublication (*listed)(const DistroNode *node, DistroClient client, DistroService service);
    const DistroClient *(*publishers)(const DistroNode *node, DistroService service, size_t *count);
    bool (*owns)(const DistroNode *node, DistroClient client, DistroService service);
    /* distro_node_digest's part; NULL where there is none yet. */
    void (*digest)(const DistroNode *node, struct DistroDigester *digester);
    /* distro_node_check's part; NULL where there is none. */
    void (*check)(const DistroNode *node);
    size_t (*replica_bytes)(const DistroNode *node, size_t *entries);
} DistroBehaviour;
