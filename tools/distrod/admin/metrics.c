/* tools/distrod/admin/metrics.c -- figures in Prometheus' form. */
#include "tools/distrod/admin/metrics.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

struct RegMetrics {
    RegMetricsSources sources;
    int64_t started_us;
};

/* ---- the form ---- */

static void put_head(GString *page, const char *name, const char *kind, const char *help)
{
    g_string_append_printf(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void put_one(GString *page, const char *name, const char *kind, const char *help,
                    double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    put_head(page, name, kind, help);
    g_string_append_printf(page, "%s %s\n", name, g_ascii_dtostr(text, sizeof text, value));
}

static void put_monitor(GString *page, const char *module, const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(page, "nacos_monitor{module=\"%s\",name=\"%s\"} %s\n", module, name,
                           g_ascii_dtostr(text, sizeof text, value));
}

/* ---- Nacos's names (MetricsMonitor of naming and of core) ---- */

static void put_nacos(const RegMetrics *metrics, GString *page)
{
    RegNaming *naming = metrics->sources.naming;
    const RegNamingCounters *counters = reg_naming_counters(naming);
    const DistroPushCounts pushes = reg_naming_push_counts(naming);
    const uint64_t good = counters->pushes - counters->failed_pushes;
    put_head(page, "nacos_monitor", "gauge", "Nacos's own figures.");
    put_monitor(page, "naming", "serviceCount", reg_naming_service_count(naming));
    put_monitor(page, "naming", "ipCount", reg_naming_instance_count(naming));
    put_monitor(page, "naming", "subscriberCount", pushes.subscriptions);
    put_monitor(page, "naming", "totalPush", (double)counters->pushes);
    put_monitor(page, "naming", "failedPush", (double)counters->failed_pushes);
    put_monitor(page, "naming", "emptyPush", (double)counters->empty_pushes);
    put_monitor(page, "naming", "pushPendingTaskCount", pushes.pending);
    put_monitor(page, "naming", "maxPushCost", (double)counters->push_max_us / 1000);
    put_monitor(page, "naming", "avgPushCost",
                good == 0 ? -1 : (double)counters->push_cost_us / 1000 / (double)good);
    put_monitor(page, "core", "longConnection",
                reg_remote_registered(reg_sdk_remote(metrics->sources.sdk)) +
                    reg_remote_registered(reg_cluster_remote(metrics->sources.cluster)));
}

/* ---- Distro ---- */

typedef struct PeerFigure {
    const char *name, *help;
    size_t offset; /* in DistroCounters */
} PeerFigure;

static void put_peer_figure(const RegMetrics *metrics, GString *page, const PeerFigure *figure)
{
    RegHost *host = metrics->sources.host;
    size_t count;
    const DistroMemberInfo *infos = distro_node_members(reg_host_node(host), &count);
    put_head(page, figure->name, "counter", figure->help);
    for (size_t i = 0; i < count; i++) {
        if (infos[i].address == reg_host_self(host)) {
            continue;
        }
        const DistroCounters counters =
            distro_node_peer_counters(reg_host_node(host), infos[i].address);
        const uint64_t value =
            *(const uint64_t *)(const void *)((const char *)&counters + figure->offset);
        g_string_append_printf(page, "%s{peer=\"%s\"} %" G_GUINT64_FORMAT "\n", figure->name,
                               distro_dictionary_text(reg_host_dictionary(host), infos[i].address),
                               (guint64)value);
    }
}

static void put_members(const RegMetrics *metrics, GString *page)
{
    RegHost *host = metrics->sources.host;
    size_t count;
    const DistroMemberInfo *infos = distro_node_members(reg_host_node(host), &count);
    put_head(page, "distrod_member_up", "gauge", "Is the member UP?");
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(page, "distrod_member_up{peer=\"%s\"} %d\n",
                               distro_dictionary_text(reg_host_dictionary(host), infos[i].address),
                               infos[i].state == DISTRO_MEMBER_UP);
    }
}

static void put_distro(const RegMetrics *metrics, GString *page)
{
    static const PeerFigure figures[] = {
        { "distrod_sync_sent_total", "Changes and deletions sent.",
          offsetof(DistroCounters, sync_sent) },
        { "distrod_sync_ok_total", "Of them, taken.", offsetof(DistroCounters, sync_ok) },
        { "distrod_sync_failed_total", "Of them, not.", offsetof(DistroCounters, sync_failed) },
        { "distrod_sync_retries_total", "Sent again.", offsetof(DistroCounters, retries) },
        { "distrod_verify_sent_total", "Digests sent.", offsetof(DistroCounters, verify_sent) },
        { "distrod_verify_ok_total", "Of them, that matched.",
          offsetof(DistroCounters, verify_ok) },
        { "distrod_verify_mismatch_total", "Of them, that did not.",
          offsetof(DistroCounters, verify_mismatch) },
        { "distrod_verify_failed_total", "Of them, not answered.",
          offsetof(DistroCounters, verify_failed) },
    };
    const DistroNode *node = reg_host_node(metrics->sources.host);
    const DistroNodeState state = distro_node_state(node);
    const DistroNodeCounters counters = distro_node_counters(node);
    for (size_t i = 0; i < G_N_ELEMENTS(figures); i++) {
        put_peer_figure(metrics, page, &figures[i]);
    }
    put_members(metrics, page);
    put_one(page, "distrod_ready", "gauge", "Is the server ready?", state.ready);
    put_one(page, "distrod_loaded", "gauge", "Is the initial load done?", state.initialised);
    put_one(page, "distrod_clients", "gauge", "Client records held.", state.clients);
    put_one(page, "distrod_clients_owned", "gauge", "Of them, this server's.", state.owned);
    put_one(page, "distrod_sync_pending", "gauge", "Pushes that wait for their time.",
            state.pending);
    put_one(page, "distrod_applied_total", "counter", "States taken over from peers.",
            (double)counters.applied);
    put_one(page, "distrod_leases_expired_total", "counter", "Replicas whose lease ran out.",
            (double)counters.leases_expired);
    put_one(page, "distrod_beats_expired_total", "counter", "Instances that beat no more.",
            (double)counters.beats_expired);
    put_one(page, "distrod_forwarded_total", "counter", "Writes sent on to their owner.",
            (double)counters.forwarded);
}

/* ---- the server ---- */

static double resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%lu %lu", &total, &resident) != 2) {
        resident = 0;
    }
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

/* A figure of each port. */
static void put_ports(GString *page, const char *name, const char *kind, const char *help,
                      const double values[3])
{
    static const char *const ports[] = { "sdk", "cluster", "http" };
    put_head(page, name, kind, help);
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        g_string_append_printf(page, "%s{port=\"%s\"} %.0f\n", name, ports[i], values[i]);
    }
}

static void put_all_ports(const RegMetrics *metrics, GString *page)
{
    const RegMetricsSources *sources = &metrics->sources;
    const RegRemote *sdk = reg_sdk_remote(sources->sdk);
    const RegRemote *cluster = reg_cluster_remote(sources->cluster);
    const double connections[] = { reg_remote_connections(sdk), reg_remote_connections(cluster),
                                   reg_http_connections(sources->http) };
    const double requests[] = { (double)reg_remote_requests(sdk),
                                (double)reg_remote_requests(cluster),
                                (double)reg_http_requests(sources->http) };
    const double refused[] = { (double)reg_remote_refused(sdk), (double)reg_remote_refused(cluster),
                               (double)reg_http_refused(sources->http) };
    put_ports(page, "distrod_connections", "gauge", "Connections that stand.", connections);
    put_ports(page, "distrod_requests_total", "counter", "Requests that came.", requests);
    put_ports(page, "distrod_refused_total", "counter", "Connections refused.", refused);
}

static void put_server(const RegMetrics *metrics, GString *page)
{
    const RegMetricsSources *sources = &metrics->sources;
    const DistroDictionaryCounts names =
        distro_dictionary_counts(reg_host_dictionary(sources->host));
    put_all_ports(metrics, page);
    put_one(
        page, "distrod_unreadable_total", "counter", "Messages of peers that were not read.",
        (double)(reg_cluster_unreadable(sources->cluster) + reg_links_unreadable(sources->links)));
    put_one(page, "distrod_log_lines_lost_total", "counter", "Log lines that were not written.",
            (double)reg_log_counters(sources->log).lost_lines);
    put_one(page, "distrod_steps_total", "counter", "Steps of the node.",
            (double)reg_host_steps(sources->host));
    put_one(page, "distrod_names", "gauge", "Names in the dictionary.", names.names);
    put_one(page, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
    put_one(page, "process_cpu_seconds_total", "counter", "Processor time.", cpu_seconds());
    put_one(page, "distrod_uptime_seconds", "gauge", "Since the start.",
            (double)(g_get_monotonic_time() - metrics->started_us) / G_USEC_PER_SEC);
    put_head(page, "distrod_info", "gauge", "Which build this is.");
    g_string_append_printf(page, "distrod_info{version=\"%s\"} 1\n", sources->version);
}

static void handle_metrics(void *data, RegHttpRequest *request)
{
    GString *page = g_string_sized_new(8192);
    put_nacos(data, page);
    put_distro(data, page);
    put_server(data, page);
    g_autoptr(GBytes) bytes = g_string_free_to_bytes(page);
    reg_http_answer_pieces(request, 200, "text/plain; version=0.0.4; charset=utf-8", &bytes, 1);
}

static const RegHttpRoute routes[] = {
    { "GET", "/nacos/actuator/prometheus", handle_metrics },
    { "GET", "/metrics", handle_metrics },
    { NULL, NULL, NULL },
};

RegMetrics *reg_metrics_new(const RegMetricsSources *sources)
{
    RegMetrics *metrics = g_new0(RegMetrics, 1);
    metrics->sources = *sources;
    metrics->started_us = g_get_monotonic_time();
    return metrics;
}

void reg_metrics_free(RegMetrics *metrics)
{
    g_free(metrics);
}

void reg_metrics_serve(RegMetrics *metrics, RegHttp *http)
{
    reg_http_add_routes(http, routes, metrics);
}
