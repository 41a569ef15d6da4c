/* tools/distrod/server/self.c -- who this server is to its peers. */
#include "tools/distrod/server/self.h"

#include "tools/distrod/net/address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

static char *with_port(const char *host, uint64_t port)
{
    return g_strdup_printf(strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, (unsigned)port);
}

static bool read_interface(const struct ifaddrs *interface, RegAddress *address)
{
    *address = (RegAddress) { 0 };
    if (interface->ifa_addr == NULL || (interface->ifa_flags & IFF_UP) == 0) {
        return false;
    }
    if (interface->ifa_addr->sa_family == AF_INET) {
        memcpy(&address->v4, interface->ifa_addr, sizeof address->v4);
        return true;
    }
    if (interface->ifa_addr->sa_family == AF_INET6) {
        memcpy(&address->v6, interface->ifa_addr, sizeof address->v6);
        return true;
    }
    return false;
}

/* Is @host, in numbers, one of the host's addresses? */
static bool is_own_address(const struct ifaddrs *interfaces, const char *host)
{
    RegAddress wanted, own;
    if (!reg_address_of(host, 0, &wanted)) {
        return false;
    }
    for (const struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next) {
        if (read_interface(at, &own) && reg_address_same_host(&own, &wanted)) {
            return true;
        }
    }
    return false;
}

/* "nacos-0" is "nacos-0.nacos-headless.default.svc", too. */
static bool is_own_name(const char *host)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') {
        return false;
    }
    const size_t length = strlen(name);
    return strncmp(host, name, length) == 0 && (host[length] == '\0' || host[length] == '.');
}

/* @interfaces (nullable): members that are one of their addresses count, too. */
static char *find_in_list(const struct ifaddrs *interfaces, const RegOptions *options,
                          const GPtrArray *members)
{
    for (guint i = 0; i < members->len; i++) {
        g_autofree char *host = NULL;
        uint16_t port = 0;
        if (reg_address_split(members->pdata[i], &host, &port) && port == options->port &&
            (is_own_address(interfaces, host) || is_own_name(host))) {
            return g_strdup(members->pdata[i]);
        }
    }
    return NULL;
}

static bool listens_anywhere(const RegOptions *options)
{
    return strcmp(options->listen, "0.0.0.0") == 0 || strcmp(options->listen, "::") == 0;
}

static char *first_address(const struct ifaddrs *interfaces)
{
    for (const struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next) {
        RegAddress own;
        char text[REG_ADDRESS_TEXT];
        if (read_interface(at, &own) && own.any.sa_family == AF_INET &&
            !reg_address_is_loopback(&own)) {
            reg_address_ip(&own, text);
            return g_strdup(text);
        }
    }
    return g_strdup("127.0.0.1");
}

static char *find_among_addresses(const RegOptions *options, const GPtrArray *members)
{
    struct ifaddrs *interfaces = NULL;
    if (getifaddrs(&interfaces) != 0) {
        interfaces = NULL;
    }
    char *self = find_in_list(interfaces, options, members);
    if (self == NULL) {
        g_autofree char *first = first_address(interfaces);
        self = with_port(first, options->port);
    }
    if (interfaces != NULL) {
        freeifaddrs(interfaces);
    }
    return self;
}

char *reg_self_address(const RegOptions *options, const GPtrArray *members)
{
    if (options->address != NULL) {
        return with_port(options->address, options->port);
    }
    if (listens_anywhere(options)) {
        return find_among_addresses(options, members);
    }
    char *named = find_in_list(NULL, options, members);
    return named != NULL ? named : with_port(options->listen, options->port);
}
