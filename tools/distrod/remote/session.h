/* tools/distrod/remote/session.h -- what remote.c and session.c share of a connection. */
#pragma once

#include "tools/distrod/remote/remote.h"

struct RegSession {
    RegRemote *remote;
    RegConn *conn;
    RegStream *stream; /* (nullable) the one both ways, once it has begun */
    char *id, *ip;
    char *version, *module, *source, *app; /* of the setup */
    void *data;
    GHashTable *asked; /* (nullable) uint64 -> Question */
    uint64_t questions;
    uint32_t place; /* among the registered, from 1; 0: not registered */
};

/* The client answered what it was asked by @request_id. */
void reg_session_answered(RegSession *session, const char *request_id, bool success);
/* Each question to it ends: it has gone. */
void reg_session_forget_questions(RegSession *session);
RegLoop *reg_remote_loop(const RegRemote *remote);
const char *reg_remote_self_ip(const RegRemote *remote);
