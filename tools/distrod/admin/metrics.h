/* tools/distrod/admin/metrics.h -- figures in Prometheus' form, by Nacos's names where it has them.
 *
 *      GET /nacos/actuator/prometheus      nacos_monitor{module="naming",name="ipCount"} 3
 *                                          distrod_sync_sent_total{peer="10.0.0.2:8848"} 17
 *
 * What Nacos has no name for is distrod_*. */
#pragma once

#include "tools/distrod/cluster/cluster.h"
#include "tools/distrod/http/http.h"
#include "tools/distrod/serve/sdk.h"

typedef struct RegMetrics RegMetrics;

/* All borrowed. */
typedef struct RegMetricsSources {
    RegHost *host;
    RegLog *log;
    RegNaming *naming;
    RegSdk *sdk;
    RegCluster *cluster;
    RegLinks *links;
    RegHttp *http;
    const char *version;
} RegMetricsSources;

RegMetrics *reg_metrics_new(const RegMetricsSources *sources);
void reg_metrics_free(RegMetrics *metrics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegMetrics, reg_metrics_free)
/* Answer at @http. */
void reg_metrics_serve(RegMetrics *metrics, RegHttp *http);
