/* core/v1/text.h -- what servers of 1.x say to each other, as HTTP (PROTOCOL.md 11.3).
 *
 * A request is its line, an empty line and a JSON body; an answer its code, an empty line and a
 * body. Headers are left out, as everywhere here. */
#pragma once

#include "core/message.h"

/* With those that all protocols share (message.h). */
enum {
    DISTRO_OP_DATUM = 9, /* PUT /distro/datum: whole services */
    DISTRO_OP_CHECKSUM =
        10,                /* PUT /distro/checksum: a digest of each service that is the sender's */
    DISTRO_OP_PULL = 11,   /* GET /distro/datum: these services, please */
    DISTRO_OP_STATUS = 12, /* POST /service/status: a checksum of each service's health */
    DISTRO_OP_STATUSES = 13, /* GET /instance/statuses: the health of one service, please */
    DISTRO_V1_OPS,
};

/* Appends the text to @out and returns how long it is; with NULL, how long it would be. */
size_t distro_v1_put(GString *out, const DistroDictionary *dictionary,
                     const DistroMessage *message);

#define DISTRO_V1_LINE_END " HTTP/1.1\r\n\r\n"
#define DISTRO_V1_DATUM_LINE "PUT /nacos/v1/ns/distro/datum" DISTRO_V1_LINE_END
#define DISTRO_V1_PULL_LINE "GET /nacos/v1/ns/distro/datum" DISTRO_V1_LINE_END
#define DISTRO_V1_SNAPSHOT_LINE "GET /nacos/v1/ns/distro/datums" DISTRO_V1_LINE_END
#define DISTRO_V1_CHECKSUM_LINE "PUT /nacos/v1/ns/distro/checksum?source="
#define DISTRO_V1_STATUS_LINE "POST /nacos/v1/ns/service/status" DISTRO_V1_LINE_END
#define DISTRO_V1_STATUSES_LINE "GET /nacos/v1/ns/instance/statuses?key="

#define DISTRO_V1_KEY "com.alibaba.nacos.naming.iplist.ephemeral."
#define DISTRO_V1_NAMESPACE_SEPARATOR "##"
