/* core/config.h -- what differs between installations: Nacos properties and profile switches.
 *
 * One table (config.c) names every property with its type, default, range and origin; a profile
 * (profile.h) is a named set of other defaults, the protocol among them. The struct is plain data:
 * copy it freely.
 *
 * Nacos properties that are no setting here, because nothing in a node would read them: where the
 * member list comes from (the host gives it), ports (part of the addresses), sizes of event queues
 * (a step has none), the cleaner of empty services (they are never listed), and HTTP/2's
 * keep-alive, channel.keep.alive and its time-out (at 6 min it comes after 70 health checks). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/protocol.h"

typedef struct DistroConfig {
    const DistroProtocol *protocol; /* distrosim.generation, by number */
    /* nacos.core.protocol.distro.data.* */
    int64_t sync_delay_us;
    int64_t sync_timeout_us;
    int64_t sync_retry_delay_us;
    int64_t verify_interval_us;
    int64_t verify_timeout_us;
    int64_t load_retry_delay_us;
    int64_t load_timeout_us;
    /* naming */
    int64_t dispatch_period_us;         /* 1.x: each of the two stages of a push takes half of it */
    int64_t batch_key_count;            /* 1.x: services in one push */
    int64_t naming_retry_delay_us;      /* 1.x: takes the place of sync_retry_delay_us */
    int64_t naming_load_retry_delay_us; /* 1.x: takes the place of load_retry_delay_us */
    int64_t client_expired_us;          /* lease of replicas, idle limit of ip:port clients */
    int64_t probe_timeout_us;           /* of an idle connection's detection request */
    int64_t change_lag_us;     /* by how much ClientChanged is handled after ClientDisconnect */
    int64_t tombstone_us;      /* how long a gone client is remembered; 0: Nacos, not at all */
    int64_t push_cache_us;     /* switch defaultPushCacheMillis: how long a subscriber over UDP is
                                * pushed to unasked, */
    int64_t push_delay_us;     /* from a change to the push of it */
    int64_t datagram_lease_us; /* and how long at least, whatever that is */
    int64_t beat_interval_us;  /* switch clientBeatInterval, told to clients */
    int64_t beat_timeout_us;   /* preserved.heart.beat.timeout */
    int64_t delete_timeout_us; /* preserved.ip.delete.timeout */
    bool warmup;               /* readiness waits for the initial load */
    bool expire_instance;
    bool distro_enabled;       /* switch */
    bool health_check_enabled; /* switch */
    /* members and their RPC clients */
    int64_t fail_access_count;
    int64_t processors; /* decides the number of workers */
    int64_t rpc_retry_count;
    int64_t rpc_timeout_us;
    int64_t rpc_keep_alive_us;
    int64_t rpc_health_retry_count;
    int64_t rpc_health_timeout_us;
    int64_t rpc_server_check_timeout_us;
    int64_t rpc_negotiation_timeout_us;
    int64_t max_message_bytes; /* what a caller accepts as an answer: a snapshot */
    int64_t max_request_bytes; /* what a server accepts as a request */
    bool standalone;           /* set by the host when there is one configured node only */
    /* threads of the server, for the host, which has them: a node is a function and takes no time
     */
    int64_t executor_threads; /* times processors: of each of the two gRPC servers' executors */
    int64_t executor_queue;   /* requests that wait for such a thread; one more is rejected */
    int64_t http_threads;     /* Tomcat's */
    int64_t http_connections; /* HTTP requests at a time; what is above is not even accepted */
    int64_t
        request_cost_us; /* how long a gRPC request keeps its thread; 0: threads are not counted */
    int64_t newest_open_api; /* 1, 2 or 3; read by the host */
    int64_t start_us;        /* from its boot until others are served, by the host */
    int64_t http_cost_us;    /* likewise an HTTP request */
    int64_t timer_late_us; /* by how much at most a period of fixed delay lasts longer, each time */
    int64_t beat_work_us;  /* at most, of a client for a beat, beside the round trip; by the host */
    uint64_t lateness_seed; /* of what is drawn from 0 to timer_late_us; set by the host, 0: none */
    /* connections as TCP and gRPC make them, for the host that has no real ones */
    int64_t first_resend_us;   /* of what is lost, after it was sent, beside a round trip */
    int64_t resend_timeout_us; /* then after this, and after twice that, and so on; */
    int64_t resend_spread_us;  /* what a connection adds to it, drawn from 0 to this */
    int64_t pool_delay_us;     /* a request that comes with others waits, drawn from 0 to this */
    int64_t late_call_applied_ppm; /* of calls that were given up before they arrived */
    /* fidelity switches: true is what the profile's Nacos does (PROTOCOL.md 15) */
    bool retry_may_override_delete;        /* 9.6.1 */
    bool accept_older_revision;            /* 5.2 */
    bool revision_on_health_change;        /* 1.6; stock: false */
    bool verify_renews_owner;              /* 9.7 */
    bool delete_from_non_owner;            /* 5.3 */
    bool snapshot_resets_lease;            /* 9.3 */
    bool timeout_counts_as_report_failure; /* 3.2; stock: false */
    bool report_resets_fail_count;         /* 3.2; stock: false */
    bool substring_has_member;             /* 3.1 */
    bool ok_on_refused_data;               /* 5.1 */
    bool empty_snapshot_is_success;        /* 7 */
    bool unhealthy_report_loop;            /* since 2.3.0 */
    bool query_cache;                      /* 2.x: queries are answered from kept lists */
    bool push_on_subscribe;                /* 2.x: the first subscription causes a push */
    bool removal_reaches_services;         /* 1.x, since 1.4.2: a removed datum leaves the lists */
    bool ready_needs_leader;               /* 2.0.0: without a Raft leader nothing over HTTP */
    bool verify_revision;                  /* since 2.1.2: VERIFY carries and compares it */
    bool store_revision_on_apply;          /* since 2.3.0 */
    bool instance_ids;                     /* since 2.3.0: of instances registered over gRPC */
    bool revision_on_batch;                /* since 2.3.0: a batch moves it on */
    bool detect_dead_connections;          /* not in 2.2.0 to 2.2.4 */
    bool forward_holds_thread;             /* 2.4; read by the host */
    bool fail_fast_on_dead_link;           /* since 2.1.1; before, a worker waited 300 ms */
    bool report_over_http;                 /* until 2.2.1 */
    bool connect_on_report;                /* until 2.2.1: no RPC client before a report came */
    bool batch_register;                   /* since 2.1.1 */
    bool owner_checks_beats;               /* since 2.0.1: the owner alone */
    bool idle_beating_expires;             /* since 2.0.3 */
    /* what no release does otherwise: false is Nacos unless the comment says true */
    bool ordered_revisions;      /* of ip:port clients: newer and older can be told (order.c) */
    bool sync_renews_lease;      /* a state that is taken over renews like a VERIFY */
    bool verify_unheard;         /* true: an owner vouches also for whom it never heard */
    bool zero_revision_matches;  /* true: revision 0 verifies against anything */
    bool compare_cluster;        /* a change of cluster alone is taken over */
    bool skip_identical;         /* registering what is registered changes nothing */
    bool delete_if_gone;         /* a CHANGE whose client has gone is sent as DELETE */
    bool former_owner_retries;   /* true: a retry goes on when the client has another owner */
    bool refuse_forwarded;       /* true: a forwarded write that is not ours is a 400 */
    bool filter_covers_open_api; /* writes over v2 and v3 are passed on like those over v1 */
    bool write_if_forward_fails; /* a write that cannot be passed on is executed here */
    bool load_from_all;          /* ask every peer for its snapshot, not the first alone */
    bool limit_snapshot;         /* true: a snapshot is one message, and too big for some */
    bool lived_clock;            /* leases count the time that the process has run */
} DistroConfig;

typedef enum DistroSettingKind {
    DISTRO_SETTING_DURATION, /* int64_t microseconds; Nacos counts milliseconds */
    DISTRO_SETTING_NUMBER,   /* int64_t */
    DISTRO_SETTING_BOOL,
    DISTRO_SETTING_RATIO,    /* int64_t parts of a million */
    DISTRO_SETTING_PROTOCOL, /* the generation of one of distro_protocols */
} DistroSettingKind;

typedef struct DistroSetting {
    const char *property; /* Nacos's name, or distrosim.<switch> for a fidelity switch */
    DistroSettingKind kind;
    size_t offset;      /* of the field in DistroConfig */
    int64_t low, high;  /* what it may be, inclusive; in the field's unit */
    const char *origin; /* class or section that reads it */
} DistroSetting;

/* Stock values of the newest line, nacos-3.0. */
DistroConfig distro_config_default(void);

/* All settings, in the order of the table. */
const DistroSetting *distro_config_settings(size_t *count);
const DistroSetting *distro_config_find(const char *property); /* NULL if unknown */
int64_t distro_config_get(const DistroConfig *config, const DistroSetting *setting);
bool distro_setting_allows(const DistroSetting *setting, int64_t value);
/* False, and nothing changed, if the setting does not allow @value. */
bool distro_config_set(DistroConfig *config, const DistroSetting *setting, int64_t value);
