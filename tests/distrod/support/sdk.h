/* tests/distrod/support/sdk.h -- a client that speaks as Nacos's SDKs do, for tests.
 *
 * It connects, checks the server, sets up and waits for the ack; answers pushes, probes and resets;
 * and remembers the last list that it was pushed of each service. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/net/conn.h"
#include "tools/distrod/wire/json.h"
#include "tools/distrod/wire/payload.h"

typedef struct SdkContext SdkContext; /* what clients of one loop share */
typedef struct Sdk Sdk;

SdkContext *sdk_context_new(RegLoop *loop, RegTls *tls);
void sdk_context_free(SdkContext *context); /* after its clients */

/* How it sets up; NULL members: as an SDK of the naming module would, from any address. */
typedef struct SdkSetup {
    const char *module, *source;
    const char *from;           /* an address of this host */
    const char *header, *value; /* in every payload's metadata */
    bool no_setup;              /* connect only */
} SdkSetup;

/* A client of the server whose gRPC port is @port at @ip. Does not wait. */
Sdk *sdk_open(SdkContext *context, const char *ip, unsigned port, const SdkSetup *setup);
/* Closes and frees it; the loop must turn for the server to see that. */
void sdk_close(Sdk *sdk);
/* Turn the loop until the client is ready, or is not going to be. */
bool sdk_wait_ready(Sdk *sdk);
bool sdk_is_ready(const Sdk *sdk);
bool sdk_is_closed(const Sdk *sdk);
/* The id that the server gave the connection. */
const char *sdk_id(const Sdk *sdk);

/* Send a request and turn the loop until its answer is there: JSON, with @type (nullable) set to
 * the answer's; both (transfer full). NULL if the call ended without. */
char *sdk_call(Sdk *sdk, const char *type, const char *json, char **answer_type);
/* The same without waiting; @answered counts good answers. */
void sdk_send(Sdk *sdk, const char *type, const char *json);
unsigned sdk_good_answers(const Sdk *sdk);
unsigned sdk_bad_answers(const Sdk *sdk);
const unsigned *sdk_answers(const Sdk *sdk);

/* Requests of naming, all of namespace public and DEFAULT_GROUP; true: answered with success. */
bool sdk_register(Sdk *sdk, const char *service, const char *ip, unsigned port);
bool sdk_deregister(Sdk *sdk, const char *service, const char *ip, unsigned port);
bool sdk_subscribe(Sdk *sdk, const char *service);
bool sdk_unsubscribe(Sdk *sdk, const char *service);
/* "ip:port ip:port", sorted, of what a query answers (transfer full). */
char *sdk_query(Sdk *sdk, const char *service);
/* The same of the last push of @service; NULL if there was none. */
const char *sdk_pushed(const Sdk *sdk, const char *service);
const unsigned *sdk_pushes(const Sdk *sdk);
/* When the last push came (g_get_monotonic_time). */
int64_t sdk_pushed_at(const Sdk *sdk);
/* Answers nothing that the server asks, from now on. */
void sdk_mute(Sdk *sdk);
unsigned sdk_resets(const Sdk *sdk); /* ConnectResetRequests */
/* "ip:port ip:port", sorted, of a JSON array of instances (transfer full). */
char *sdk_hosts_text(const DistroJson *json, const DistroJsonValue *hosts);
