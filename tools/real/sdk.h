/* tools/real/sdk.h -- the calls of the world's clients, made to real servers.
 *
 * The state machine of the SDK is the simulator's own (sim/client/grpc.c): what it would send over
 * the simulated network goes out here as Nacos's gRPC requests, and what comes back goes in.
 *
 *      SimCall CONNECT          ->  TCP, HTTP/2, ServerCheckRequest
 *      SimCall CONNECT, opens   ->  ConnectionSetupRequest, until SetupAckRequest
 *      REGISTER, SUBSCRIBE, ... ->  InstanceRequest, SubscribeServiceRequest, ...
 *      push, detection, reset   <-  on the stream; answered at once
 *
 * Each client has an address of its own, which is where cuts and links get hold of it. */
#pragma once

#include "sim/study/reality.h"
#include "tools/distrod/base/loop.h"

typedef struct RealSdk RealSdk;

/* @catch_up (nullable) is called before the world is told anything: its time must be the clock's.
 */
RealSdk *real_sdk_new(RegLoop *loop, SimWorld *world, void (*catch_up)(void *data), void *data);
void real_sdk_free(RealSdk *sdk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RealSdk, real_sdk_free)

/* See SimReality. */
void real_sdk_call(RealSdk *sdk, const SimCall *call);
/* Its connections are closed in order, or @reset. */
void real_sdk_client_gone(RealSdk *sdk, uint32_t client, bool reset);
/* The address that @client connects from, in host order. */
uint32_t real_sdk_client_ip(const SimClient *client);
