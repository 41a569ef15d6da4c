/* core/json/write.h -- FORWARD: an HTTP write as SDK 1.x says it (NamingProxy#registerService,
 * #deregisterService, #sendBeat), and its answer. */
#pragma once

#include "core/message.h"
#include "core/text/sink.h"

void distro_put_write(DistroSink *sink, const DistroDictionary *dictionary,
                      const DistroMessage *message);

/* An instance's metadata: a JSON map of strings. What has a place of its own is left out. */
void distro_put_metadata(DistroSink *sink, const DistroDictionary *dictionary, DistroExt ext);

#define DISTRO_INSTANCE_PATH "/nacos/v1/ns/instance"
#define DISTRO_HTTP_END " HTTP/1.1"
#define DISTRO_GROUP_SEPARATOR "@@"
#define DISTRO_DEFAULT_CLUSTER "DEFAULT"
