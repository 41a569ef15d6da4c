/* tools/distrod/serve/sdk.h -- the port of Nacos's SDKs of 2.x and 3.x.
 *
 *      InstanceRequest, BatchInstanceRequest      core operations of the connection's client
 *      SubscribeServiceRequest                    and pushes on its stream from then on
 *      ServiceQueryRequest, ServiceListRequest    the read index
 *      HealthCheckRequest                         it is well
 *      PersistentInstanceRequest, configuration   an error that says so
 *
 * A connection whose setup names the module "naming" is a client of the registry; others may ask,
 * but publish nothing. */
#pragma once

#include "tools/distrod/remote/remote.h"
#include "tools/distrod/serve/naming.h"

typedef struct RegSdk RegSdk;

/* Both borrowed. */
RegSdk *reg_sdk_new(const RegRemoteOptions *options, RegNaming *naming);
void reg_sdk_free(RegSdk *sdk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegSdk, reg_sdk_free)
/* Its port: to listen, stop, close and count. */
RegRemote *reg_sdk_remote(RegSdk *sdk);
/* Set-up connections that said they are SDKs. */
uint32_t reg_sdk_connections(RegSdk *sdk);
/* Tell SDKs to go elsewhere (@redirect, "ip:port", or NULL: wherever they like) until @keep are
 * left. */
void reg_sdk_reload(RegSdk *sdk, uint32_t keep, const char *redirect);
