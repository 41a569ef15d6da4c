/* core/json/common.h -- what servers of every protocol say to each other: that they are there. */
#pragma once

#include "core/message.h"
#include "core/text/sink.h"

/* HEALTH, CONNECT, REPORT. */
void distro_put_common(DistroSink *sink, const DistroDictionary *dictionary,
                       const DistroMessage *message);
/* An answer that says nothing but its status, over gRPC. */
void distro_put_status(DistroSink *sink, DistroStatus status);

/* A request's inherited headers come first, the getter-only module last, as Jackson has it. */
#define DISTRO_JSON_REQUEST "{\"headers\":{},"
#define DISTRO_JSON_REQUEST_END ",\"module\":\"cluster\"}"

#define DISTRO_REPORT_LINE "POST /nacos/v1/core/cluster/report HTTP/1.1\r\n\r\n"
