/* tools/distrod/server/notify.c -- one datagram to $NOTIFY_SOCKET. */
#include "tools/distrod/server/notify.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void reg_notify(const char *state)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof address.sun_path) {
        return;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* an abstract one */
    }
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
        close(fd);
    }
}

int64_t reg_notify_watchdog_us(void)
{
    const char *period = g_getenv("WATCHDOG_USEC"), *pid = g_getenv("WATCHDOG_PID");
    guint64 period_us, wanted;
    if (period == NULL ||
        !g_ascii_string_to_unsigned(period, 10, 1, G_MAXINT64, &period_us, NULL) ||
        (pid != NULL && (!g_ascii_string_to_unsigned(pid, 10, 1, G_MAXINT, &wanted, NULL) ||
                         wanted != (guint64)getpid()))) {
        return 0;
    }
    return (int64_t)period_us;
}
