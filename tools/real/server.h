/* tools/real/server.h -- one server of a run: its namespace, its process, its files, its observer.
 */
#pragma once

#include "tools/real/observer.h"
#include "tools/real/process.h"
#include "tools/real/space.h"

typedef enum RealKind {
    REAL_KIND_DISTROD,
    REAL_KIND_NACOS_2,
    REAL_KIND_NACOS_3,
} RealKind;

/* What runs on a node: "distrod", or "nacos:DIR", an unpacked release. */
typedef struct RealSort {
    RealKind kind;
    char *folder; /* of the release; NULL for distrod */
    char *binary; /* distrod's, or java's */
} RealSort;

/* Of a list with commas, whose sorts the nodes take in turn: (transfer full) array of RealSort.
 * NULL and @error (REAL_ERROR: UNAVAILABLE if it is not on this machine). */
GArray *real_sorts_parse(const char *text, GError **error);

typedef struct RealServer {
    SimNode *node;
    const RealSort *sort;
    int space;            /* its namespace */
    int device;           /* the switch's */
    uint32_t ip;          /* host order */
    char *folder;         /* its files */
    RealProcess *process; /* NULL unless it runs */
    RealProcess *last;    /* that was told to stop, and may run still */
    RealObserver *observer;
    int64_t started_us;
    unsigned starts;
} RealServer;

/* Makes its namespace, device and folder, without a process. NULL and @error (REAL_ERROR). */
RealServer *real_server_new(RegLoop *loop, SimNode *node, const RealSort *sort, const char *folder,
                            void (*catch_up)(void *data), void *data, GError **error);
/* Kills it. Its device is the switch's to close. */
void real_server_free(RealServer *server);

bool real_server_start(RealServer *server, GError **error);
void real_server_crash(RealServer *server);
void real_server_stop(RealServer *server);
void real_server_pause(RealServer *server, bool paused);
/* Writes its member list, which the server watches. */
bool real_server_write_members(RealServer *server, GError **error);
/* It has ended without being told to: how, in a sentence (transfer full); else NULL. */
char *real_server_lost(RealServer *server);
