/* tools/distrod/server/server.h -- one registry server: all rooms put together, from start to stop.
 *
 *      start   listen everywhere, boot the node, report to the service manager
 *      stop    accept no more; tell SDKs to go elsewhere, and wait for that; let the node tell
 *      peers
 *              that its clients have gone; close
 *
 * Several may run in one process on one loop, as tests do. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/config/options.h"

typedef struct RegServer RegServer;

/* Called when a stopped server is done. */
typedef void (*RegServerDone)(void *data);

/* Serve. All borrowed; @options must outlive it. NULL and @error if a port cannot be had or a file
 * cannot be read. */
RegServer *reg_server_start(RegLoop *loop, const RegOptions *options, GError **error);
/* Stop in order, and call @done with @data. A second call stops at once. */
void reg_server_stop(RegServer *server, RegServerDone done, void *data);
/* Open log files anew. */
void reg_server_reopen_logs(RegServer *server);
/* After .done. */
void reg_server_free(RegServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegServer, reg_server_free)
