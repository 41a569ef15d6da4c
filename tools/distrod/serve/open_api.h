/* tools/distrod/serve/open_api.h -- the registry over HTTP: for 1.x SDKs, scripts and people.
 *
 *      v1   /nacos/v1/ns/instance, /beat, /list      as SDKs of 1.x speak
 *      v2   /nacos/v2/ns/instance, /list             {"code":0,"message":"success","data":..}
 *      v3   /nacos/v3/client/ns/instance, /list      likewise
 *
 * A write goes to the server that is responsible for its ip:port, whatever the version of the path
 * (Nacos up to 3.0.3 passes on v1 alone, and what v2 and v3 acknowledge at another server is lost
 * with its lease).
 *
 * What is Raft's in Nacos is answered 501: persistent instances, and metadata that is edited.
 *
 * Source: InstanceController, InstanceControllerV2, InstanceOpenApiController, DistroFilter. */
#pragma once

#include "tools/distrod/http/http.h"
#include "tools/distrod/serve/datagram.h"
#include "tools/distrod/serve/naming.h"

typedef struct RegOpenApi RegOpenApi;

/* Adds its routes to @http. All borrowed. */
RegOpenApi *reg_open_api_new(RegHttp *http, RegNaming *naming, RegDatagram *datagram);
void reg_open_api_free(RegOpenApi *api);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegOpenApi, reg_open_api_free)
