/* tools/real/space.c -- see space.h. */
#include "tools/real/space.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

G_DEFINE_QUARK(real-error-quark, real_error)

#define NETWORK_MASK "255.0.0.0"
#define CLIENTS "10.128.0.0"
enum {
    CLIENTS_BITS = 9
};

static void set_unavailable(GError **error, const char *what)
{
    g_set_error(error, REAL_ERROR, REAL_ERROR_UNAVAILABLE, "%s: %s", what, g_strerror(errno));
}

/* --- spaces ----------------------------------------------------------------------------------- */

static bool write_file(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) {
        close(fd);
    }
    return written;
}

/* In the new user namespace we are root, which is all that the others ask for. */
static bool become_root(unsigned user, unsigned group)
{
    g_autofree char *users = g_strdup_printf("0 %u 1", user);
    g_autofree char *groups = g_strdup_printf("0 %u 1", group);
    write_file("/proc/self/setgroups", "deny");
    return write_file("/proc/self/uid_map", users) && write_file("/proc/self/gid_map", groups);
}

static bool raise_loopback(GError **error)
{
    struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_strlcpy(request.ifr_name, "lo", IFNAMSIZ);
    const bool raised = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (!raised) {
        set_unavailable(error, "the loopback device of a new network namespace stays down");
    }
    if (fd >= 0) {
        close(fd);
    }
    return raised;
}

bool real_space_enter(GError **error)
{
    const unsigned user = geteuid(), group = getegid();
    if (access("/dev/net/tun", R_OK | W_OK) != 0) {
        set_unavailable(error, "real servers are joined by TUN devices, and /dev/net/tun cannot be "
                               "opened");
        return false;
    }
    if (unshare(CLONE_NEWNET) == 0) {
        return raise_loopback(error);
    }
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 || !become_root(user, group)) {
        set_unavailable(error, "real servers need network namespaces of their own, which neither "
                               "root nor a user namespace gives here");
        return false;
    }
    return raise_loopback(error);
}

int real_space_here(GError **error)
{
    const int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        set_unavailable(error, "/proc/thread-self/ns/net cannot be opened");
    }
    return fd;
}

void real_space_go(int space)
{
    const int result = setns(space, CLONE_NEWNET);
    g_assert_cmpint(result, ==, 0);
}

int real_space_new(GError **error)
{
    const int here = real_space_here(error);
    int made = -1;
    if (here < 0) {
        return -1;
    }
    if (unshare(CLONE_NEWNET) != 0) {
        set_unavailable(error, "no further network namespace is to be had");
    } else if (raise_loopback(error)) {
        made = real_space_here(error);
    }
    real_space_go(here);
    close(here);
    return made;
}

/* --- devices ---------------------------------------------------------------------------------- */

static bool set_address(int fd, const char *device, unsigned long what, const char *address)
{
    struct ifreq request = { 0 };
    struct sockaddr_in in = { .sin_family = AF_INET };
    g_strlcpy(request.ifr_name, device, IFNAMSIZ);
    inet_pton(AF_INET, address, &in.sin_addr);
    memcpy(&request.ifr_addr, &in, sizeof in);
    return ioctl(fd, what, &request) == 0;
}

static bool raise_device(const char *device, const char *ip)
{
    struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_strlcpy(request.ifr_name, device, IFNAMSIZ);
    const bool raised = fd >= 0 && set_address(fd, device, SIOCSIFADDR, ip) &&
                        set_address(fd, device, SIOCSIFNETMASK, NETWORK_MASK) &&
                        ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return raised;
}

static int open_device(const char *ip, GError **error)
{
    struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
    const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    g_strlcpy(request.ifr_name, "net0", IFNAMSIZ);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0 && raise_device(request.ifr_name, ip)) {
        return fd;
    }
    set_unavailable(error, "no TUN device is to be had in a new network namespace");
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

int real_space_device(int space, const char *ip, GError **error)
{
    const int here = real_space_here(error);
    if (here < 0) {
        return -1;
    }
    real_space_go(space);
    const int fd = open_device(ip, error);
    real_space_go(here);
    close(here);
    return fd;
}

/* --- addresses of clients --------------------------------------------------------------------- */

typedef struct RouteRequest {
    struct nlmsghdr head;
    struct rtmsg route;
    char attributes[64];
} RouteRequest;

static void add_attribute(RouteRequest *request, unsigned short type, const void *data, size_t size)
{
    const size_t end = NLMSG_ALIGN(request->head.nlmsg_len);
    struct rtattr *attribute = (struct rtattr *)(void *)((char *)request + end);
    g_assert_cmpuint(end + RTA_SPACE(size), <=, sizeof *request);
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    memcpy(RTA_DATA(attribute), data, size);
    request->head.nlmsg_len = (uint32_t)(end + RTA_ALIGN(attribute->rta_len));
}

/* ip route add local 10.128.0.0/9 dev lo */
bool real_space_own_clients(GError **error)
{
    RouteRequest request = {
        .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                  .nlmsg_type = RTM_NEWROUTE,
                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK },
        .route = { .rtm_family = AF_INET,
                   .rtm_dst_len = CLIENTS_BITS,
                   .rtm_table = RT_TABLE_LOCAL,
                   .rtm_protocol = RTPROT_BOOT,
                   .rtm_scope = RT_SCOPE_HOST,
                   .rtm_type = RTN_LOCAL },
    };
    struct in_addr clients;
    const unsigned loopback = if_nametoindex("lo");
    inet_pton(AF_INET, CLIENTS, &clients);
    add_attribute(&request, RTA_DST, &clients, sizeof clients);
    add_attribute(&request, RTA_OIF, &loopback, sizeof loopback);
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        char rest[256];
    } answer = { 0 };
    const bool asked = fd >= 0 && send(fd, &request, request.head.nlmsg_len, 0) >= 0 &&
                       recv(fd, &answer, sizeof answer, 0) >= (ssize_t)NLMSG_LENGTH(sizeof(int));
    const bool good = asked && answer.head.nlmsg_type == NLMSG_ERROR && answer.error.error == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (!good) {
        errno = asked ? -answer.error.error : errno;
        set_unavailable(error, "a network namespace takes no route to its clients");
    }
    return good;
}
