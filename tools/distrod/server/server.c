/* tools/distrod/server/server.c -- all rooms put together, from start to stop. */
#include "tools/distrod/server/server.h"

#include "tools/distrod/admin/members_api.h"
#include "tools/distrod/admin/metrics.h"
#include "tools/distrod/base/log.h"
#include "tools/distrod/cluster/cluster.h"
#include "tools/distrod/cluster/forward.h"
#include "tools/distrod/config/cluster_conf.h"
#include "tools/distrod/host/record.h"
#include "tools/distrod/serve/open_api.h"
#include "tools/distrod/serve/sdk.h"
#include "tools/distrod/server/self.h"
#include "tools/distrosim/cli/version.h"

#include <string.h>

enum {
    SDK_PORT_OFFSET = 1000,
    CLUSTER_PORT_OFFSET = 1001,
    ADMIN_PORT_OFFSET = 1002
};
/* How long the node has to tell its peers of clients that have gone: its delay of a second, a tick,
 * and a call's time. */
#define TELL_US 4500000
#define STOP_TICK_US 50000

/* From the first stage to the last; each begins when the one before is done, or its time is up. */
typedef enum StopStage {
    RUNNING,
    MOVING_SDKS,   /* they were told to go */
    TELLING_PEERS, /* no SDK is left; the node has deletions to send */
    CLOSING,       /* every connection was told to close */
    STOPPED,
} StopStage;

struct RegServer {
    RegLoop *loop;
    const RegOptions *options;
    char *self, *self_ip;
    RegLimits limits;
    RegTls *tls; /* (nullable) */
    RegAddress local;
    bool has_local;
    RegAddress listened, admin_listened;
    GArray *trusted; /* RegNetwork */
    RegWorker *worker;
    RegLog *log;
    RegHost *host;
    RegRecord *record;
    RegNames *names;
    RegMembers *members;
    RegNaming *naming;
    RegSdk *sdk;
    RegLinks *links;
    RegCluster *cluster;
    RegFetcher *fetcher;
    RegForward *forward;
    RegHttp *http, *admin;
    RegDatagram *datagram;
    RegOpenApi *open_api;
    RegMembersApi *members_api;
    RegMetrics *metrics;
    RegClusterConf *conf; /* (nullable) */
    RegTimer stop_timer;
    StopStage stage;
    int64_t stage_until_us;
    RegServerDone done;
    void *done_data;
};

/* ---- members ---- */

static GPtrArray *configured_members(const RegOptions *options, GError **error)
{
    if (options->cluster_conf != NULL) {
        return reg_cluster_conf_read(options->cluster_conf, (uint16_t)options->port, error);
    }
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (guint i = 0; i < options->members->len; i++) {
        g_ptr_array_add(words, options->members->pdata[i]);
    }
    g_ptr_array_add(words, NULL);
    text = g_strjoinv("\n", (char **)words->pdata);
    return reg_cluster_conf_parse(text, (uint16_t)options->port);
}

static void watch_hosts(RegServer *server, const GPtrArray *members)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < members->len; i++) {
        char *host;
        uint16_t port = 0;
        if (reg_address_split(members->pdata[i], &host, &port)) {
            g_ptr_array_add(hosts, host);
        }
    }
    reg_names_set(server->names, (const char *const *)hosts->pdata, hosts->len);
}

static void log_members(const RegServer *server, const GPtrArray *members)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < members->len; i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (char *)members->pdata[i]);
    }
    reg_log(server->log, REG_LOG_CLUSTER, REG_INFO, "[serverlist] changed to : [%s]", text->str);
    g_string_free(text, true);
}

static void note_members(void *data, const GPtrArray *members)
{
    RegServer *server = data;
    log_members(server, members);
    watch_hosts(server, members);
    reg_host_members(server->host, (const char *const *)members->pdata, members->len);
}

/* ---- putting together ---- */

static void set_limits(RegServer *server)
{
    const RegOptions *options = server->options;
    server->limits = (RegLimits) {
        .max_connections = (uint32_t)options->max_connections,
        .max_per_address = (uint32_t)options->max_per_address,
        .max_held_bytes = options->max_held,
        .max_message_bytes = (uint32_t)options->max_message,
        .max_streams = (uint32_t)options->max_streams,
        .max_unsent_bytes = options->max_unsent,
        .setup_us = options->setup_us,
        .request_us = options->request_us,
    };
}

static bool read_trusted(RegServer *server, GError **error)
{
    server->trusted = g_array_new(false, false, sizeof(RegNetwork));
    for (guint i = 0; i < server->options->trust->len; i++) {
        RegNetwork network;
        const char *text = server->options->trust->pdata[i];
        if (!reg_network_parse(text, &network)) {
            g_set_error(error, REG_OPTION_ERROR, 0, "--trust: \"%s\" is no network", text);
            return false;
        }
        g_array_append_val(server->trusted, network);
    }
    return true;
}

static bool read_tls(RegServer *server, GError **error)
{
    const RegOptions *options = server->options;
    if (options->tls_key != NULL) {
        server->tls = reg_tls_new(options->tls_certificate, options->tls_key,
                                  options->tls_authorities, error);
    }
    return options->tls_key == NULL || server->tls != NULL;
}

static void find_self(RegServer *server, const GPtrArray *members)
{
    uint16_t port = 0;
    server->self = reg_self_address(server->options, members);
    reg_address_split(server->self, &server->self_ip, &port);
    server->has_local = reg_address_of(server->self_ip, 0, &server->local);
}

static RegRemoteOptions remote_options(const RegServer *server, const char *name)
{
    return (RegRemoteOptions) { .loop = server->loop,
                                .log = server->log,
                                .tls = server->tls,
                                .limits = &server->limits,
                                .self_ip = server->self_ip,
                                .name = name };
}

static uint32_t count_sdks(void *data)
{
    return reg_sdk_connections(data);
}

static void reload_sdks(void *data, uint32_t keep, const char *redirect)
{
    reg_sdk_reload(data, keep, redirect);
}

static void build_rooms(RegServer *server)
{
    const RegOptions *options = server->options;
    const RegIdentity identity = { options->identity_key, options->identity_value };
    DistroConfig config = options->core;
    config.standalone = options->cluster_conf == NULL && options->members->len == 0;
    config.max_message_bytes = config.max_request_bytes = (int64_t)options->max_message;

    server->worker = reg_worker_new();
    server->log = reg_log_new(server->loop, server->worker, options->log_folder, options->log_bytes,
                              (unsigned)options->log_kept);
    server->host = reg_host_new(reg_loop_timers(server->loop), &config, server->self);
    server->record = reg_record_new(server->host, server->log);
    server->names = reg_names_new(server->loop, server->worker);
    server->members =
        reg_members_new(server->host, server->self_ip, (uint16_t)options->port, options->claim);
    server->naming = reg_naming_new(server->loop, server->log, server->host);
    const RegRemoteOptions sdk_options = remote_options(server, "sdk");
    server->sdk = reg_sdk_new(&sdk_options, server->naming);
    const RegLinksOptions links_options = { .loop = server->loop,
                                            .log = server->log,
                                            .host = server->host,
                                            .members = server->members,
                                            .names = server->names,
                                            .tls = server->tls,
                                            .limits = &server->limits,
                                            .local = server->has_local ? &server->local : NULL,
                                            .identity = identity,
                                            .self_ip = server->self_ip,
                                            .version = options->claim };
    server->links = reg_links_new(&links_options);
    const RegClusterOptions cluster_options = {
        .remote = remote_options(server, "cluster"),
        .host = server->host,
        .members = server->members,
        .names = server->names,
        .trusted = (const RegNetwork *)(const void *)server->trusted->data,
        .trusted_count = server->trusted->len,
        .identity = identity,
        .sdk = { count_sdks, reload_sdks, server->sdk },
    };
    server->cluster = reg_cluster_new(&cluster_options);
    server->fetcher = reg_fetcher_new(server->loop);
    const RegForwardOptions forward_options = { .fetcher = server->fetcher,
                                                .host = server->host,
                                                .names = server->names,
                                                .identity = identity,
                                                .version = options->claim };
    server->forward = reg_forward_new(&forward_options);
}

/* ---- HTTP ---- */

static void log_refused(void *data, const RegAddress *peer, const char *sentence)
{
    const RegServer *server = data;
    char text[REG_ADDRESS_TEXT];
    reg_address_text(peer, text);
    reg_log(server->log, REG_LOG_REMOTE_DIGEST, REG_WARN, "[http] connection from %s refused: %s",
            text, sentence);
}

static void build_admin(RegServer *server)
{
    const RegMetricsSources sources = { .host = server->host,
                                        .log = server->log,
                                        .naming = server->naming,
                                        .sdk = server->sdk,
                                        .cluster = server->cluster,
                                        .links = server->links,
                                        .http = server->http,
                                        .version = distrosim_version };
    server->metrics = reg_metrics_new(&sources);
    server->members_api = reg_members_api_new(server->host, server->members, server->cluster);
    reg_members_api_serve(server->members_api, server->http);
    reg_members_api_serve(server->members_api, server->admin);
    reg_metrics_serve(server->metrics, server->admin);
}

static bool build_http(RegServer *server, GError **error)
{
    const RegHttpOptions options = {
        .loop = server->loop, .limits = &server->limits, .refused = log_refused, .data = server
    };
    server->http = reg_http_new(&options);
    server->admin = reg_http_new(&options);
    server->datagram = reg_datagram_new(server->loop, server->naming, &server->listened, error);
    if (server->datagram == NULL) {
        return false;
    }
    server->open_api = reg_open_api_new(server->http, server->naming, server->datagram);
    build_admin(server);
    return true;
}

static RegAddress with_port(const RegAddress *address, uint64_t port)
{
    RegAddress other = *address;
    if (other.any.sa_family == AF_INET) {
        other.v4.sin_port = htons((uint16_t)port);
    } else {
        other.v6.sin6_port = htons((uint16_t)port);
    }
    return other;
}

static bool read_address(const char *name, const char *text, RegAddress *address, GError **error)
{
    if (!reg_address_of(text, 0, address)) {
        g_set_error(error, REG_OPTION_ERROR, 0, "--%s: \"%s\" is no address", name, text);
        return false;
    }
    return true;
}

static bool listen_everywhere(RegServer *server, GError **error)
{
    const RegOptions *options = server->options;
    const uint64_t admin_port =
        options->admin_port != 0 ? options->admin_port : options->port + ADMIN_PORT_OFFSET;
    const RegAddress http = with_port(&server->listened, options->port);
    const RegAddress sdk = with_port(&server->listened, options->port + SDK_PORT_OFFSET);
    const RegAddress cluster = with_port(&server->listened, options->port + CLUSTER_PORT_OFFSET);
    const RegAddress admin = with_port(&server->admin_listened, admin_port);
    return reg_http_listen(server->http, &http, error) &&
           reg_http_listen(server->admin, &admin, error) &&
           reg_remote_listen(reg_sdk_remote(server->sdk), &sdk, error) &&
           reg_remote_listen(reg_cluster_remote(server->cluster), &cluster, error);
}

static bool watch_conf(RegServer *server, const GPtrArray *members, GError **error)
{
    const RegOptions *options = server->options;
    if (options->cluster_conf == NULL) {
        return true;
    }
    server->conf =
        reg_cluster_conf_watch(server->loop, options->cluster_conf, (uint16_t)options->port,
                               members, note_members, server, error);
    return server->conf != NULL;
}

static void continue_stopping(RegTimer *timer);

RegServer *reg_server_start(RegLoop *loop, const RegOptions *options, GError **error)
{
    g_autoptr(GPtrArray) members = configured_members(options, error);
    if (members == NULL) {
        return NULL;
    }
    g_autoptr(RegServer) server = g_new0(RegServer, 1);
    server->loop = loop;
    server->options = options;
    server->stop_timer.fire = continue_stopping;
    server->stage = STOPPED; /* until it runs */
    set_limits(server);
    find_self(server, members);
    if (!read_address("listen", options->listen, &server->listened, error) ||
        !read_address("admin-listen", options->admin_listen, &server->admin_listened, error) ||
        !read_trusted(server, error) || !read_tls(server, error)) {
        return NULL;
    }
    build_rooms(server);
    if (!build_http(server, error) || !listen_everywhere(server, error) ||
        !watch_conf(server, members, error)) {
        return NULL;
    }
    server->stage = RUNNING;
    log_members(server, members);
    watch_hosts(server, members);
    reg_host_boot(server->host, (const char *const *)members->pdata, members->len);
    reg_log(server->log, REG_LOG_NACOS, REG_INFO,
            "distrod %s serves at %s: HTTP at port %u, SDKs at %u, servers at %u", server->self,
            options->listen, (unsigned)options->port, (unsigned)options->port + SDK_PORT_OFFSET,
            (unsigned)options->port + CLUSTER_PORT_OFFSET);
    return g_steal_pointer(&server);
}

/* ---- stopping ---- */

static void enter_stage(RegServer *server, StopStage stage, int64_t limit_us)
{
    server->stage = stage;
    server->stage_until_us = g_get_monotonic_time() + limit_us;
    reg_timers_set_in(reg_loop_timers(server->loop), &server->stop_timer, STOP_TICK_US);
}

static void close_connections(RegServer *server)
{
    reg_links_close_all(server->links);
    reg_remote_close_all(reg_sdk_remote(server->sdk));
    reg_remote_close_all(reg_cluster_remote(server->cluster));
    enter_stage(server, CLOSING, 0);
}

static bool are_connections_closed(const RegServer *server)
{
    return reg_links_connections(server->links) == 0 && reg_links_under_way(server->links) == 0 &&
           reg_remote_connections(reg_sdk_remote(server->sdk)) == 0 &&
           reg_remote_connections(reg_cluster_remote(server->cluster)) == 0 &&
           reg_http_held(server->http) == 0;
}

static bool has_told_peers(const RegServer *server)
{
    const DistroNodeState state = distro_node_state(reg_host_node(server->host));
    return state.pending == 0 && state.queued == 0;
}

/* Who has not gone by then is closed, and its client goes with it. */
static void begin_telling(RegServer *server)
{
    reg_remote_close_all(reg_sdk_remote(server->sdk));
    enter_stage(server, TELLING_PEERS, TELL_US);
}

static void continue_stopping(RegTimer *timer)
{
    RegServer *server = REG_OWNER(timer, RegServer, stop_timer);
    const bool late = g_get_monotonic_time() >= server->stage_until_us;
    switch (server->stage) {
    case MOVING_SDKS:
        if (late || reg_remote_connections(reg_sdk_remote(server->sdk)) == 0) {
            begin_telling(server);
            return;
        }
        break;
    case TELLING_PEERS:
        if (late || (has_told_peers(server) && reg_links_under_way(server->links) == 0)) {
            close_connections(server);
            return;
        }
        break;
    case CLOSING:
        if (are_connections_closed(server)) {
            server->stage = STOPPED;
            server->done(server->done_data);
            return;
        }
        break;
    case RUNNING:
    case STOPPED:
        return;
    }
    reg_timers_set_in(reg_loop_timers(server->loop), timer, STOP_TICK_US);
}

void reg_server_stop(RegServer *server, RegServerDone done, void *data)
{
    server->done = done;
    server->done_data = data;
    if (server->stage != RUNNING) {
        server->stage_until_us = 0;
        return;
    }
    reg_log(server->log, REG_LOG_NACOS, REG_INFO, "distrod %s is being stopped", server->self);
    reg_remote_stop_listening(reg_sdk_remote(server->sdk));
    reg_remote_stop_listening(reg_cluster_remote(server->cluster));
    reg_http_stop_listening(server->http);
    reg_members_api_stop(server->members_api);
    reg_sdk_reload(server->sdk, 0, NULL);
    enter_stage(server, MOVING_SDKS, server->options->drain_us);
}

void reg_server_reopen_logs(RegServer *server)
{
    reg_log_reopen(server->log);
}

void reg_server_free(RegServer *server)
{
    if (server == NULL) {
        return;
    }
    g_assert_cmpint(server->stage, ==, STOPPED);
    reg_timers_clear(reg_loop_timers(server->loop), &server->stop_timer);
    reg_cluster_conf_free(server->conf);
    reg_http_free(server->http);
    reg_http_free(server->admin);
    reg_metrics_free(server->metrics);
    reg_members_api_free(server->members_api);
    reg_open_api_free(server->open_api);
    reg_datagram_free(server->datagram);
    reg_forward_free(server->forward);
    reg_fetcher_free(server->fetcher);
    reg_cluster_free(server->cluster);
    reg_links_free(server->links);
    reg_sdk_free(server->sdk);
    reg_naming_free(server->naming);
    reg_members_free(server->members);
    reg_names_free(server->names);
    reg_record_free(server->record);
    reg_host_free(server->host);
    reg_log_free(server->log);
    reg_worker_free(server->worker);
    reg_tls_free(server->tls);
    g_clear_pointer(&server->trusted, g_array_unref);
    g_free(server->self);
    g_free(server->self_ip);
    g_free(server);
}
