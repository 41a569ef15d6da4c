/* tests/distrod/support/servers.h -- servers of one cluster, in this process or as processes. */
#pragma once

#include "tests/distrod/support/sdk.h"
#include "tools/distrod/server/server.h"

enum {
    MAX_SERVERS = 5
};

/* Servers at 127.0.0.1, 127.0.0.2, ...; all at one port, and each other's members. */
typedef struct Servers {
    RegLoop *loop;
    SdkContext *sdks;
    unsigned count, port;
    bool listed; /* by a file that the options name, not each by the others */
    RegOptions *options[MAX_SERVERS];
    RegServer *servers[MAX_SERVERS];
    unsigned stopped;
} Servers;

/* @count servers at @port with these further options (a word each, up to NULL; nullable). */
void servers_start(Servers *servers, unsigned count, unsigned port, const char *const *more);
/* The same, with a member list among the options. */
void servers_start_with_list(Servers *servers, unsigned count, unsigned port,
                             const char *const *more);
/* Stop them all in order, and clear up. */
void servers_stop(Servers *servers);
/* Stop one; start it again. */
void servers_stop_one(Servers *servers, unsigned index);
void servers_start_one(Servers *servers, unsigned index, const char *const *more);
/* A client of server @index, ready. */
Sdk *servers_client(Servers *servers, unsigned index);
/* "127.0.0.<index + 1>" */
const char *servers_ip(unsigned index);
/* Turn the loop until a query of @service at each server answers @hosts; false after @limit_ms. */
bool servers_agree(Servers *servers, const char *service, const char *hosts, unsigned limit_ms);
