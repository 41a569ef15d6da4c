/* tools/distrod/config/options.h -- what distrod is told: by flags, and by a file of the same
 * names.
 *
 *      distrod --listen 0.0.0.0 --cluster-conf /etc/distrod/cluster.conf
 *      distrod --config /etc/distrod/distrod.conf         listen = 0.0.0.0, a line each
 *
 * A flag beats the file. A line of the file, or --set, may also give one of Nacos's own properties
 * that the core reads (nacos.core.protocol.distro.data.sync.delayMs = 1000). `--help`, the man page
 * (--man) and the reading of both come from the table below. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"

typedef enum RegOptionKind {
    REG_OPTION_FLAG,   /* bool */
    REG_OPTION_TEXT,   /* char * */
    REG_OPTION_LIST,   /* GPtrArray of char *, as often as one likes, or with commas between */
    REG_OPTION_NUMBER, /* uint64_t, at most the largest that is given */
    REG_OPTION_MS,     /* int64_t microseconds, given in milliseconds */
} RegOptionKind;

/* clang-format off */
/* X(field, kind, name, shown value or NULL, default, largest, heading or NULL, about) */
#define REG_OPTION_TABLE(X)                                                                        \
    X(config, TEXT, "config", "FILE", NULL, 0, "Options",                                          \
      "read options from this file, too; a flag beats it")                                         \
    X(listen, TEXT, "listen", "ADDRESS", "127.0.0.1", 0, "Where",                                  \
      "serve at this address: 0.0.0.0 or :: for all of the host's")                                \
    X(port, NUMBER, "port", "N", "8848", 64000, NULL,                                              \
      "HTTP; gRPC is at N+1000 for SDKs and N+1001 for servers")                                   \
    X(address, TEXT, "address", "IP", NULL, 0, NULL,                                               \
      "what peers know this server by; found among the host's if not given")                       \
    X(admin_listen, TEXT, "admin-listen", "ADDRESS", "127.0.0.1", 0, NULL,                         \
      "serve metrics and administration there")                                                    \
    X(admin_port, NUMBER, "admin-port", "N", "0", 65535, NULL,                                     \
      "their port; 0: that of HTTP and 1002")                                                      \
    X(cluster_conf, TEXT, "cluster-conf", "FILE", NULL, 0, "Cluster",                              \
      "members, one a line, as Nacos's cluster.conf; watched for changes")                         \
    X(members, LIST, "member", "HOST:PORT", NULL, 0, NULL,                                         \
      "a member, instead of the file")                                                             \
    X(trust, LIST, "trust", "NETWORK", NULL, 0, NULL,                                              \
      "let servers connect from there, too, such as 10.0.0.0/8; else from members alone")          \
    X(identity_file, TEXT, "identity-file", "FILE", NULL, 0, NULL,                                 \
      "holds key=value, the identity that servers show each other; else from the environment, "    \
      "DISTROD_IDENTITY_KEY and DISTROD_IDENTITY_VALUE")                                           \
    X(claim, TEXT, "claim-version", "VERSION", "2.5.1", 0, NULL,                                   \
      "what peers are told this server is")                                                        \
    X(profile, TEXT, "profile", "NAME", "nacos-3.0", 0, NULL,                                      \
      "behave as this release does: one of distrosim profiles that speaks gRPC")                   \
    X(set, LIST, "set", "PROPERTY=VALUE", NULL, 0, NULL,                                           \
      "a property of Nacos's, or a switch distrosim.*")                                            \
    X(tls_certificate, TEXT, "tls-certificate", "FILE", NULL, 0, "TLS of gRPC",                    \
      "PEM; with --tls-key, both gRPC ports and calls to peers use TLS")                           \
    X(tls_key, TEXT, "tls-key", "FILE", NULL, 0, NULL,                                             \
      "PEM")                                                                                       \
    X(tls_authorities, TEXT, "tls-authorities", "FILE", NULL, 0, NULL,                             \
      "PEM; then the other side must show a certificate that one of these has signed")             \
    X(log_folder, TEXT, "log-folder", "FOLDER", NULL, 0, "Logs",                                   \
      "write Nacos's log files there; without, the important lines go to stderr")                  \
    X(log_bytes, NUMBER, "log-bytes", "N", "134217728", G_MAXINT64, NULL,                          \
      "roll a file that has grown to this size")                                                   \
    X(log_kept, NUMBER, "log-kept", "N", "7", 1000, NULL,                                          \
      "rolled files that are kept of each")                                                        \
    X(max_connections, NUMBER, "max-connections", "N", "20000", 1000000, "Limits",                 \
      "connections at each port")                                                                  \
    X(max_per_address, NUMBER, "max-connections-per-address", "N", "2000", 1000000, NULL,          \
      "of them, from one address")                                                                 \
    X(max_message, NUMBER, "max-message-bytes", "N", "10485760", 1073741824, NULL,                 \
      "of one gRPC message or HTTP body")                                                          \
    X(max_held, NUMBER, "max-held-bytes", "N", "268435456", G_MAXINT64, NULL,                      \
      "of messages that are half received, over all connections of a port")                        \
    X(max_unsent, NUMBER, "max-unsent-bytes", "N", "67108864", G_MAXINT64, NULL,                   \
      "that wait for one connection to read them")                                                 \
    X(max_streams, NUMBER, "max-streams", "N", "2000", 1000000, NULL,                              \
      "calls under way on one connection")                                                         \
    X(setup_us, MS, "setup-time", "MS", "30000", 3600000, NULL,                                    \
      "from accepting a connection until it has set up")                                           \
    X(request_us, MS, "request-time", "MS", "30000", 3600000, NULL,                                \
      "from the beginning of a request until all of it has come")                                  \
    X(drain_us, MS, "drain-time", "MS", "10000", 3600000, "Stopping",                              \
      "how long SDKs have to move elsewhere when the server is stopped")                           \
    X(help, FLAG, "help", NULL, NULL, 0, "About",                                                  \
      "print this, and exit")                                                                      \
    X(version, FLAG, "version", NULL, NULL, 0, NULL,                                               \
      "print the version, and exit")                                                               \
    X(man, FLAG, "man", NULL, NULL, 0, NULL,                                                       \
      "print the man page, and exit")
/* clang-format on */

#define REG_OPTION_TYPE_FLAG bool
#define REG_OPTION_TYPE_TEXT char *
#define REG_OPTION_TYPE_LIST GPtrArray *
#define REG_OPTION_TYPE_NUMBER uint64_t
#define REG_OPTION_TYPE_MS int64_t
#define REG_OPTION_FIELD(field, kind, ...) REG_OPTION_TYPE_##kind field;

typedef struct RegOptions {
    REG_OPTION_TABLE(REG_OPTION_FIELD)
    DistroConfig core;                   /* of .profile, .set and the file's properties */
    char *identity_key, *identity_value; /* (nullable) both or neither */
} RegOptions;
#undef REG_OPTION_FIELD

typedef struct RegOption {
    RegOptionKind kind;
    size_t offset; /* in RegOptions */
    const char *name, *value, *preset;
    uint64_t largest;
    const char *heading, *about;
} RegOption;

#define REG_OPTION_ERROR reg_option_error_quark()
GQuark reg_option_error_quark(void);

/* The table. */
const RegOption *reg_option_table(size_t *count);
/* What the words after the command's name say, and the file that they name. NULL and @error, a
 * sentence, if that is not clear. */
RegOptions *reg_options_parse(char *const *words, GError **error);
void reg_options_free(RegOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegOptions, reg_options_free)
