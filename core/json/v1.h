/* core/json/v1.h -- what servers of 1.x say to each other, as HTTP (distro-protocol 11.3).
 *
 * A request is its line, an empty line and a JSON body; an answer its code, an empty line and a
 * body. Headers are left out, as everywhere here. */
#pragma once

#include "core/json/text.h"

#define V1_LINE_END " HTTP/1.1\r\n\r\n"
#define V1_DATUM_LINE "PUT /nacos/v1/ns/distro/datum" V1_LINE_END
#define V1_PULL_LINE "GET /nacos/v1/ns/distro/datum" V1_LINE_END
#define V1_SNAPSHOT_LINE "GET /nacos/v1/ns/distro/datums" V1_LINE_END
#define V1_CHECKSUM_LINE "PUT /nacos/v1/ns/distro/checksum?source="
#define V1_STATUS_LINE "POST /nacos/v1/ns/service/status" V1_LINE_END
#define V1_STATUSES_LINE "GET /nacos/v1/ns/instance/statuses?key="
#define V1_REPORT_LINE "POST /nacos/v1/core/cluster/report" V1_LINE_END

/* Datums: a map from key to {key, value, timestamp}. A put makes a new datum, so its counter, which
 * nobody compares, is always 1. */
#define V1_KEY "com.alibaba.nacos.naming.iplist.ephemeral."
#define V1_NAMESPACE_SEPARATOR "##"
#define V1_NAMESPACE_SEPARATOR_URL "%23%23"
#define V1_DATUM "\":{\"key\":\""
#define V1_DATUM_VALUE "\",\"value\":{\"instanceList\":["
#define V1_DATUM_END "]},\"timestamp\":1}"

/* An Instance. What its getters derive from metadata is said too, and read by nobody; the defaults
 * stand for all. */
#define V1_INSTANCE "{\"instanceId\":\""
#define V1_INSTANCE_IP "\",\"ip\":\""
#define V1_INSTANCE_PORT "\",\"port\":"
#define V1_INSTANCE_WEIGHT ",\"weight\":"
#define V1_INSTANCE_HEALTHY ",\"healthy\":"
#define V1_INSTANCE_ENABLED ",\"enabled\":"
#define V1_INSTANCE_CLUSTER ",\"ephemeral\":true,\"clusterName\":\""
#define V1_INSTANCE_SERVICE "\",\"serviceName\":\""
#define V1_INSTANCE_METADATA "\",\"metadata\":{"
#define V1_INSTANCE_BEAT "},\"lastBeat\":"
#define V1_INSTANCE_END                                                                            \
    ",\"marked\":false,\"instanceHeartBeatInterval\":5000,\"ipDeleteTimeout\":30000,"              \
    "\"instanceHeartBeatTimeOut\":15000,\"instanceIdGenerator\":\"simple\"}"

#define V1_PULL "{\"keys\":\""
#define V1_PULL_END "\"}"
/* The statuses are JSON in a string of JSON. */
#define V1_STATUS "{\"statuses\":\"{\\\"namespaceId\\\":\\\""
#define V1_STATUS_MAP "\\\",\\\"serviceName2Checksum\\\":{"
#define V1_STATUS_QUOTE "\\\""
#define V1_STATUS_SOURCE "}}\",\"clientIP\":\""
#define V1_STATUS_END "\"}"
#define V1_STATUSES "{\"ips\":["
#define V1_STATUSES_END "]}"

/* A Member of 1.4.8; the marks are those of text.h. */
#define V1_EXTEND                                                                                  \
    ",\"extendInfo\":{\"adWeight\":\"0\",\"lastRefreshTime\":1699999999999,"                       \
    "\"raftPort\":\"7848\",\"site\":\"unknow\",\"version\":\"1.4.8\",\"weight\":\"1\"}"
#define V1_MEMBER                                                                                  \
    "{\"ip\":\"\1\",\"port\":\2,\"state\":\"UP\"" V1_EXTEND                                        \
    ",\"address\":\"\3\",\"failAccessCnt\":0}"
#define V1_REPORT_ANSWER "{\"code\":200,\"message\":null,\"data\":\"true\"}"

bool distro_json_is_v1(const DistroMessage *message);
/* Appends the text to @out and returns how long it is; with NULL, how long it would be, by
 * arithmetic over names. */
size_t distro_json_put_v1(GString *out, const DistroDictionary *dictionary,
                          const DistroMessage *message);
