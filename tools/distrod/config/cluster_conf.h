/* tools/distrod/config/cluster_conf.h -- the member list of a file that is watched.
 *
 *      # a comment
 *      10.0.0.1:8848
 *      10.0.0.2                                 the port is this server's own
 *      nacos-2.nacos:8848?raft_port=7848        what follows the question mark is Raft's
 *
 * Source: com.alibaba.nacos.core.cluster.lookup.FileConfigMemberLookup,
 * EnvUtil#analyzeClusterConf. */
#pragma once

#include "tools/distrod/base/loop.h"

typedef struct RegClusterConf RegClusterConf;

/* The members named in @text as "host:port", each once: (transfer full) array of char *. What is no
 * address is left out. */
GPtrArray *reg_cluster_conf_parse(const char *text, uint16_t default_port);
/* The same of a file; NULL and @error if it cannot be read. */
GPtrArray *reg_cluster_conf_read(const char *file, uint16_t default_port, GError **error);

/* Called with the members when the file has changed to another list that is not empty. */
typedef void (*RegClusterConfChanged)(void *data, const GPtrArray *members);

/* Watch @file, whose list is @members now. @loop is borrowed. */
RegClusterConf *reg_cluster_conf_watch(RegLoop *loop, const char *file, uint16_t default_port,
                                       const GPtrArray *members, RegClusterConfChanged changed,
                                       void *data, GError **error);
void reg_cluster_conf_free(RegClusterConf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegClusterConf, reg_cluster_conf_free)
