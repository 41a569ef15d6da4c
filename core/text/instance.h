/* core/text/instance.h -- an instance as Nacos replicates it: InstancePublishInfo and its extend
 * data as JSON, from plain values. */
#pragma once

#include <stdint.h>

#include "core/text/sink.h"

/* The Java types that an extendDatum value can have. */
typedef enum DistroValueKind {
    DISTRO_VALUE_NULL,
    DISTRO_VALUE_STRING,
    DISTRO_VALUE_BOOL,
    DISTRO_VALUE_INT,    /* java.lang.Integer */
    DISTRO_VALUE_LONG,   /* java.lang.Long */
    DISTRO_VALUE_DOUBLE, /* java.lang.Double */
} DistroValueKind;

typedef struct DistroExtEntry {
    const char *key;
    DistroValueKind kind;
    const char *text; /* STRING */
    bool boolean;     /* BOOL */
    int64_t integer;  /* INT, LONG */
    double number;    /* DOUBLE */
} DistroExtEntry;

typedef struct DistroInstanceText {
    const char *ip;
    int32_t port;
    bool healthy;
    const char *cluster; /* (nullable) */
    const DistroExtEntry *entries;
    size_t entry_count;
} DistroInstanceText;

/* With @heartbeat, the lastHeartBeatTime that an ip:port client's instances carry. The time is the
 * receiver's to choose (it is never taken from the wire), so a fixed one stands for all. */
void distro_put_instance(DistroSink *sink, const DistroInstanceText *instance, bool heartbeat);
/* What @heartbeat adds. */
#define DISTRO_HEARTBEAT_TEXT ",\"lastHeartBeatTime\":1699999999999"

/* BatchInstancePublishInfo: its instances stand between these, with commas between them. A batch
 * has no address, and says so in the derived metadataId. */
#define DISTRO_BATCH_START "{\"port\":0,\"healthy\":false,\"instancePublishInfos\":["
#define DISTRO_BATCH_END "],\"metadataId\":\"null:0:null\"}"
