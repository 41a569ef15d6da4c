/* core/dictionary.h -- names to small numbers, and back.
 *
 * Every string that the protocol handles (addresses, client ids, services, published instances) is
 * entered here once and is a number from then on: comparing two publications is comparing two
 * integers, a replica is an array indexed by client number, and what Java would hash or print
 * again and again is computed once, at entry.
 *
 *      name          "10.0.0.1:8848"                       a string
 *      service       (namespace, group, name)              three names
 *      ext           {version -> "1.2", ...}               InstancePublishInfo.extendDatum
 *      listing       (service, ip, port, healthy, cluster, ext)    one instance as a query lists it
 *      publication   (service, batch?, listings)           what one client publishes of one service
 *      client        "10.0.0.7:8080#true"                  a client id
 *
 * Number 0 (DISTRO_NONE) is never given out. Numbers are dense, start at 1 and stay valid until the
 * dictionary is freed; entries are immutable. A node that runs alone has a dictionary of its own;
 * a host that runs many nodes in one thread may lend them all the same one (the compact wire
 * format of wire.h requires that of both ends).
 *
 * Memory:  grows only; texts are copied. Running out aborts (GLib).
 * Threads: one dictionary, one thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/text/instance.h"

typedef struct DistroDictionary DistroDictionary;

typedef uint32_t DistroName;
typedef uint32_t DistroService;
typedef uint32_t DistroExt; /* 0 is the empty map */
typedef uint32_t DistroListing;
typedef uint32_t DistroPublication;
typedef uint32_t DistroClient;

enum {
    DISTRO_NONE = 0
};

/* The client kinds of Nacos 2.x (ClientManagerDelegate#getClientManagerById). */
typedef enum DistroClientKind {
    DISTRO_CLIENT_CONNECTION, /* "<ms>_<ip>_<port>": lives as long as its gRPC connection */
    DISTRO_CLIENT_IP_PORT,    /* "<ip>:<port>#true": lives by heartbeats */
    DISTRO_CLIENT_PERSISTENT, /* "<ip>:<port>#false": Raft's, never replicated by Distro */
} DistroClientKind;

typedef struct DistroServiceInfo {
    DistroName namespace_id;
    DistroName group;
    DistroName name;
    uint32_t tag_hash; /* distro_hash of "group@@name", by which 1.x finds who is responsible */
} DistroServiceInfo;

/* One instance of a service, as InstancePublishInfo holds it. */
typedef struct DistroInstance {
    DistroName ip;
    int32_t port;
    bool healthy;
    DistroName cluster; /* DISTRO_NONE is Java's null */
    DistroExt ext;
} DistroInstance;

typedef struct DistroListingInfo {
    DistroService service;
    DistroInstance instance;
    double weight;         /* from ext: publishInstanceWeight if it is a number, else 1.0 */
    bool enabled;          /* from ext: publishInstanceEnable if it is a boolean, else true */
    int32_t element_hash;  /* OH(...) of PROTOCOL.md 1.6, with ephemeral = true */
    uint32_t json_size;    /* bytes of the publish info as Nacos's JSON (text/instance.h) */
    DistroListing sibling; /* the same listing with the cluster left out: what equals() compares */
    DistroListing flipped; /* the same with the other health; 0 until somebody asked for it */
    DistroClient client;   /* the heartbeat client at its address; 0 until somebody asked for it */
} DistroListingInfo;

typedef struct DistroPublicationInfo {
    DistroService service;
    bool batch;
    uint32_t count;                /* 1 unless it is a batch */
    uint32_t ids_size;             /* bytes that the ids of its instances add to it as JSON */
    const DistroListing *listings; /* in the order given, owned by the dictionary */
    uint32_t json_size;            /* bytes of its publish info (of all, for a batch) as JSON */
    uint32_t equality;             /* equal numbers: InstancePublishInfo#equals says equal */
} DistroPublicationInfo;

typedef struct DistroClientInfo {
    const char *id;
    DistroClientKind kind;
    uint32_t id_size;      /* bytes of the id */
    uint32_t id_json_size; /* bytes of the id as a JSON string, quotes included */
    int32_t id_hash;       /* Java's String.hashCode of the id */
    uint32_t tag_hash;     /* distro_hash of the responsible tag (the id before the first '#') */
    DistroName tag;        /* the tag itself */
} DistroClientInfo;

DistroDictionary *distro_dictionary_new(void);
void distro_dictionary_free(DistroDictionary *dictionary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DistroDictionary, distro_dictionary_free)

/* Number of @text, entered if it is new. @text must be valid UTF-8 (asserted). */
DistroName distro_dictionary_name(DistroDictionary *dictionary, const char *text);
/* The same, but DISTRO_NONE if it was never entered. */
DistroName distro_dictionary_find_name(const DistroDictionary *dictionary, const char *text);
/* Text of @name, owned by the dictionary; "" for DISTRO_NONE. */
const char *distro_dictionary_text(const DistroDictionary *dictionary, DistroName name);

/* How long @name is in each of the texts that it is put into.
 * All zero but the quotes for DISTRO_NONE. Holds until the next name is entered. */
const DistroTextSizes *distro_dictionary_name_sizes(const DistroDictionary *dictionary,
                                                    DistroName name);

DistroService distro_dictionary_service(DistroDictionary *dictionary, const char *namespace_id,
                                        const char *group, const char *name);
DistroService distro_dictionary_find_service(const DistroDictionary *dictionary,
                                             const char *namespace_id, const char *group,
                                             const char *name);
/* Pointers returned by the *_info functions hold until the next entry of that kind is made. */
const DistroServiceInfo *distro_dictionary_service_info(const DistroDictionary *dictionary,
                                                        DistroService service);
/* Bytes of its three names as JSON strings, quotes included. */
uint32_t distro_dictionary_service_json_size(const DistroDictionary *dictionary,
                                             DistroService service);

/* Number of a map with @count entries (keys distinct, any order). An empty map is 0. */
DistroExt distro_dictionary_ext(DistroDictionary *dictionary, const DistroExtEntry *entries,
                                size_t count);
/* Its entries in order of key; texts owned by the dictionary. */
const DistroExtEntry *distro_dictionary_ext_entries(const DistroDictionary *dictionary,
                                                    DistroExt ext, size_t *count);

DistroListing distro_dictionary_listing(DistroDictionary *dictionary, DistroService service,
                                        const DistroInstance *instance);
const DistroListingInfo *distro_dictionary_listing_info(const DistroDictionary *dictionary,
                                                        DistroListing listing);
/* The heartbeat client "<ip>:<port>#true" that publishes it, entered if it is new. */
DistroClient distro_dictionary_listing_client(DistroDictionary *dictionary, DistroListing listing);
/* The hash that one instance adds to its client's revision (DistroUtils#hash): OH(...) of
 * PROTOCOL.md 1.6. @ephemeral is false for the persistent clients only, whose revision Distro
 * never sends. */
int32_t distro_element_hash(const DistroDictionary *dictionary, DistroService service,
                            const DistroInstance *instance, bool ephemeral);

/* What one client publishes: one listing, or @batch of any number of them. All listings belong to
 * @service (asserted). The order of a batch is kept, but two batches that are equal as multisets
 * have equal .equality. */
DistroPublication distro_dictionary_publication(DistroDictionary *dictionary, DistroService service,
                                                bool batch, const DistroListing *listings,
                                                size_t count);
const DistroPublicationInfo *distro_dictionary_publication_info(const DistroDictionary *dictionary,
                                                                DistroPublication publication);
/* Its publish info as Nacos's JSON. Instances of a batch have no heartbeats. */
void distro_dictionary_put_publication(const DistroDictionary *dictionary,
                                       const DistroPublicationInfo *info, DistroInstanceForm form,
                                       DistroSink *sink);
/* The same publication with every instance @healthy or not. Constant time but for a batch. */
DistroPublication distro_dictionary_with_health(DistroDictionary *dictionary,
                                                DistroPublication publication, bool healthy);

DistroClient distro_dictionary_client(DistroDictionary *dictionary, const char *id);
DistroClient distro_dictionary_find_client(const DistroDictionary *dictionary, const char *id);
const DistroClientInfo *distro_dictionary_client_info(const DistroDictionary *dictionary,
                                                      DistroClient client);

/* How many numbers of each kind were given out; the largest valid number is the count. */
typedef struct DistroDictionaryCounts {
    uint32_t names, services, exts, listings, publications, clients;
} DistroDictionaryCounts;
DistroDictionaryCounts distro_dictionary_counts(const DistroDictionary *dictionary);
