/* tools/real/space.h -- network namespaces of a run's own, and the devices that join them.
 *
 * Nothing here has a name that another process could see: a namespace lives as long as a process or
 * a descriptor of ours is in it, a device as long as its descriptor. So what is left of a run that
 * was killed is nothing. The host's network is never touched. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum RealError {
    REAL_ERROR_UNAVAILABLE, /* this machine lacks what a run needs: exit status 69 */
    REAL_ERROR_FAILED,      /* a server, a file: 70 */
} RealError;
#define REAL_ERROR (real_error_quark())
GQuark real_error_quark(void);

/* Moves the process, which has one thread as yet, into a network namespace of its own, and where it
 * is not root into a user namespace, too. False, with UNAVAILABLE, where that cannot be. */
bool real_space_enter(GError **error);
/* A new, empty one, with its loopback up: its descriptor, or -1. The calling thread stays where it
 * is. */
int real_space_new(GError **error);
/* The one that the calling thread is in; -1 and @error. */
int real_space_here(GError **error);
/* Moves the calling thread there. */
void real_space_go(int space);

/* A device in @space at @ip, to which all of 10.0.0.0/8 is routed: what the space sends comes out
 * of the descriptor, which is non-blocking. -1 and @error. */
int real_space_device(int space, const char *ip, GError **error);
/* From now on the space that the thread is in takes each address of 10.128.0.0/9 for its own. */
bool real_space_own_clients(GError **error);
