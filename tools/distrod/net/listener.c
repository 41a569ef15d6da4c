/* tools/distrod/net/listener.c -- accept4, and a goodbye for those that are too many. */
#include "tools/distrod/net/listener.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    ACCEPTS_PER_TURN = 64,
    PAUSE_US = 100000 /* when the process has no descriptor left */
};

struct RegListener {
    RegLoop *loop;
    RegCensus *census;
    const RegListenerEvents *events;
    void *data;
    RegWatch watch;
    RegTimer pause;
};

G_DEFINE_QUARK(reg-listen-error-quark, reg_listen_error)

static void refuse(RegListener *listener, int fd, const RegAddress *peer, const char *sentence)
{
    if (listener->events->say_goodbye != NULL) {
        listener->events->say_goodbye(fd, sentence);
    }
    close(fd);
    if (listener->events->refused != NULL) {
        listener->events->refused(listener->data, peer, sentence);
    }
}

static void admit(RegListener *listener, int fd, const RegAddress *peer)
{
    const char *unwelcome =
        listener->events->refuse != NULL ? listener->events->refuse(listener->data, peer) : NULL;
    if (unwelcome != NULL) {
        refuse(listener, fd, peer, unwelcome);
        return;
    }
    switch (reg_census_enter(listener->census, peer)) {
    case REG_REFUSED_TOTAL:
        refuse(listener, fd, peer, "too many connections");
        return;
    case REG_REFUSED_ADDRESS:
        refuse(listener, fd, peer, "too many connections from this address");
        return;
    case REG_ADMITTED:
        break;
    }
    listener->events->accepted(listener->data, fd, peer);
}

/* Without a descriptor the connection stays in the kernel's queue, and the socket stays ready. */
static void pause_accepting(RegListener *listener)
{
    reg_loop_unwatch(listener->loop, &listener->watch);
    reg_timers_set_in(reg_loop_timers(listener->loop), &listener->pause, PAUSE_US);
}

static void resume_accepting(RegTimer *timer)
{
    RegListener *listener = REG_OWNER(timer, RegListener, pause);
    if (!reg_loop_watch(listener->loop, &listener->watch, EPOLLIN)) {
        pause_accepting(listener);
    }
}

static void accept_some(RegWatch *watch, uint32_t events)
{
    (void)events;
    RegListener *listener = REG_OWNER(watch, RegListener, watch);
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        RegAddress peer = { .size = sizeof peer.v6 };
        const int fd = accept4(watch->fd, &peer.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(listener, fd, &peer);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_accepting(listener);
            return;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

static int listen_at(const RegAddress *address, GError **error)
{
    const int yes = 1;
    const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    }
    if (fd < 0 || bind(fd, &address->any, address->size) != 0 || listen(fd, BACKLOG) != 0) {
        char text[REG_ADDRESS_TEXT];
        const int reason = errno;
        reg_address_text(address, text);
        g_set_error(error, REG_LISTEN_ERROR, reason, "cannot listen at %s: %s", text,
                    g_strerror(reason));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

RegListener *reg_listener_new(RegLoop *loop, RegCensus *census, const RegAddress *address,
                              const RegListenerEvents *events, void *data, GError **error)
{
    const int fd = listen_at(address, error);
    if (fd < 0) {
        return NULL;
    }
    RegListener *listener = g_new0(RegListener, 1);
    listener->loop = loop;
    listener->census = census;
    listener->events = events;
    listener->data = data;
    listener->watch = (RegWatch) { .ready = accept_some, .fd = fd };
    listener->pause.fire = resume_accepting;
    resume_accepting(&listener->pause);
    return listener;
}

void reg_listener_free(RegListener *listener)
{
    if (listener == NULL) {
        return;
    }
    reg_timers_clear(reg_loop_timers(listener->loop), &listener->pause);
    reg_loop_unwatch(listener->loop, &listener->watch);
    close(listener->watch.fd);
    g_free(listener);
}
