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

/* What an instance carries beside what it is. */
typedef enum DistroInstanceForm {
    DISTRO_INSTANCE_PLAIN,
    DISTRO_INSTANCE_HEARTBEAT,  /* the lastHeartBeatTime of an ip:port client's */
    DISTRO_INSTANCE_IDENTIFIED, /* the customInstanceId that a server gives to a connection's */
} DistroInstanceForm;

typedef struct DistroInstanceText {
    const char *ip;
    int32_t port;
    bool healthy;
    const char *cluster;         /* (nullable) */
    const char *group, *service; /* of IDENTIFIED */
    const DistroExtEntry *entries;
    size_t entry_count;
} DistroInstanceText;

/* The time of a heartbeat is the receiver's to choose (it is never taken from the wire), so a fixed
 * one stands for all. An id that the entries have is the only one. */
void distro_put_instance(DistroSink *sink, const DistroInstanceText *instance,
                         DistroInstanceForm form);
/* What HEARTBEAT adds. */
#define DISTRO_HEARTBEAT_TEXT ",\"lastHeartBeatTime\":1699999999999"
/* What IDENTIFIED adds. */
void distro_put_instance_id(DistroSink *sink, const DistroInstanceText *instance);

/* BatchInstancePublishInfo: its instances stand between these, with commas between them. A batch
 * has no address, and says so in the derived metadataId. */
#define DISTRO_BATCH_START "{\"port\":0,\"healthy\":false,\"instancePublishInfos\":["
#define DISTRO_BATCH_END "],\"metadataId\":\"null:0:null\"}"
