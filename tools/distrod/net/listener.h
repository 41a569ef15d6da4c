/* tools/distrod/net/listener.h -- a port at which connections are accepted.
 *
 * A connection beyond the limits, or from an address that is not welcome, is told so in its
 * protocol's words and closed. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/net/address.h"
#include "tools/distrod/net/limits.h"

typedef struct RegListener RegListener;

typedef struct RegListenerEvents {
    /* (nullable) NULL, or the sentence that refuses @peer. */
    const char *(*refuse)(void *data, const RegAddress *peer);
    /* The census has counted it; takes @fd. */
    void (*accepted)(void *data, int fd, const RegAddress *peer);
    /* (nullable) @peer was refused because of @sentence. */
    void (*refused)(void *data, const RegAddress *peer, const char *sentence);
    /* (nullable) Say @sentence on @fd, which is closed after that; must not block. */
    void (*say_goodbye)(int fd, const char *sentence);
} RegListenerEvents;

#define REG_LISTEN_ERROR reg_listen_error_quark()
GQuark reg_listen_error_quark(void);

/* Accept at @address; all but @address is borrowed and must outlive the listener. NULL and @error
 * if that cannot be had. */
RegListener *reg_listener_new(RegLoop *loop, RegCensus *census, const RegAddress *address,
                              const RegListenerEvents *events, void *data, GError **error);
/* Accepts no more; connections that were accepted stay. */
void reg_listener_free(RegListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegListener, reg_listener_free)
