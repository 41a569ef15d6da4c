/* core/protocol.h -- a protocol of Distro as a table: what its servers say to each other, and how a
 * node behaves that speaks it.
 *
 * The rest of core/, and the hosts, reach a protocol by its table alone (DistroConfig.protocol).
 * Adding one is a folder with such a table and a line in protocols.c. */
#pragma once

#include "core/message.h"

/* What an operation is for, whatever a protocol calls it. */
typedef enum DistroRole {
    DISTRO_ROLE_STATE,   /* brings a state to a peer */
    DISTRO_ROLE_REMOVAL, /* tells a peer that something is gone */
    DISTRO_ROLE_DIGEST,  /* tells what the sender has, to be compared */
    DISTRO_ROLE_REPAIR,  /* asks for what was found to differ */
    DISTRO_ROLE_LOAD,    /* asks for all that the peer has, or for one part of it */
    DISTRO_ROLE_REPORT,  /* tells that the sender is a member, and up */
    DISTRO_ROLE_CONNECT,
    DISTRO_ROLE_HEALTH,
    DISTRO_ROLE_WRITE, /* a client's write, passed on */
} DistroRole;

/* Which client a request is about, as far as its sender says so. */
typedef enum DistroAbout {
    DISTRO_ABOUT_NONE,
    DISTRO_ABOUT_HEAD,   /* the one that the frame's head names (distro_wire_subject) */
    DISTRO_ABOUT_TICKET, /* the one in the ticket, if any: whose change it brings */
} DistroAbout;

/* What the words of a head mean (wire.h has the drawing), and what the body is. */
typedef enum DistroSubject {
    DISTRO_SUBJECT_NONE,
    DISTRO_SUBJECT_CLIENT,
    DISTRO_SUBJECT_CLIENT_IF_ANY, /* without one, the message says nothing more */
    DISTRO_SUBJECT_SERVICE,
    DISTRO_SUBJECT_NAMESPACE,
} DistroSubject;
typedef enum DistroAim {
    DISTRO_AIM_NONE,
    DISTRO_AIM_IF_ANY,
    DISTRO_AIM_NAMED,
} DistroAim;
typedef struct DistroLayout {
    DistroSubject subject;
    DistroAim target;
    bool revision;
    bool content;
    /* Is @list (nullable), which may be anything, of @count elements what it should be? NULL: the
     * message has no list. */
    DistroWireError (*check_list)(const DistroDictionary *dictionary, GBytes *list, uint32_t count);
} DistroLayout;

typedef struct DistroOpInfo {
    const char *name; /* as scenarios spell it; NULL: no operation */
    DistroRole role;
    DistroAbout about;
    bool http; /* a request of its own over HTTP; else over the connection to the peer */
    DistroLayout request;
    DistroLayout answer; /* that is OK; any other says its status alone */
    /* The message as Nacos's text, appended to @out; with NULL, only how long it is. */
    size_t (*put)(GString *out, const DistroDictionary *dictionary, const DistroMessage *message);
} DistroOpInfo;

typedef struct DistroProtocol {
    const char *name;        /* what its unit of replication is */
    int64_t generation;      /* its number in distrosim.generation */
    bool has_rpc;            /* servers listen for gRPC, and keep a connection to each peer */
    const DistroOpInfo *ops; /* by number; those that are no row's have no name */
    DistroOp op_count;
    const struct DistroBehaviour *behaviour; /* behaviour.h: for node.c and its parts */
} DistroProtocol;

/* All that this program knows, in order of their generations. A program that brings a list of its
 * own leaves protocols.c out. */
extern const DistroProtocol *const distro_protocols[];
extern const size_t distro_protocol_count;
const DistroProtocol *distro_protocol_find(int64_t generation); /* NULL if there is none */

/* What @op is, said over HTTP or not; NULL if no protocol knows it. A number means the same in all
 * protocols that use it, apart from @http. */
const DistroOpInfo *distro_op_find(DistroOp op, bool http);
/* That of @message, whose .http counts only where its operation is said both ways. Must be known
 * (asserted). */
const DistroOpInfo *distro_op_of(const DistroMessage *message);
/* Does a server of @protocol understand it? */
bool distro_protocol_speaks(const DistroProtocol *protocol, DistroOp op, bool http);
