/* tools/distrod/net/address.c -- addresses to text and back; both families are compared as IPv6. */
#include "tools/distrod/net/address.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    V6_BITS = 128,
    V4_PREFIX_BITS = 96 /* of ::ffff:0:0 */
};

bool reg_address_of(const char *ip, uint16_t port, RegAddress *address)
{
    *address = (RegAddress) { 0 };
    if (inet_pton(AF_INET, ip, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        address->size = sizeof address->v4;
        return true;
    }
    if (inet_pton(AF_INET6, ip, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        address->size = sizeof address->v6;
        return true;
    }
    return false;
}

uint16_t reg_address_port(const RegAddress *address)
{
    return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

/* As IPv6, mapped if it is IPv4. */
static void copy_bytes(const RegAddress *address, uint8_t bytes[16])
{
    if (address->any.sa_family == AF_INET6) {
        memcpy(bytes, &address->v6.sin6_addr, 16);
        return;
    }
    memset(bytes, 0, 10);
    memset(bytes + 10, 0xff, 2);
    memcpy(bytes + 12, &address->v4.sin_addr, 4);
}

void reg_address_ip(const RegAddress *address, char text[static REG_ADDRESS_TEXT])
{
    uint8_t bytes[16];
    struct in6_addr v6;
    copy_bytes(address, bytes);
    memcpy(&v6, bytes, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        inet_ntop(AF_INET, bytes + 12, text, REG_ADDRESS_TEXT);
    } else {
        inet_ntop(AF_INET6, bytes, text, REG_ADDRESS_TEXT);
    }
}

void reg_address_text(const RegAddress *address, char text[static REG_ADDRESS_TEXT])
{
    char ip[REG_ADDRESS_TEXT];
    reg_address_ip(address, ip);
    g_snprintf(text, REG_ADDRESS_TEXT, strchr(ip, ':') != NULL ? "[%s]:%u" : "%s:%u", ip,
               reg_address_port(address));
}

bool reg_address_is_loopback(const RegAddress *address)
{
    static const uint8_t v6_loopback[16] = { [15] = 1 };
    uint8_t bytes[16];
    copy_bytes(address, bytes);
    return address->any.sa_family == AF_INET ? bytes[12] == 127
                                             : memcmp(bytes, v6_loopback, 16) == 0;
}

bool reg_address_same_host(const RegAddress *a, const RegAddress *b)
{
    uint8_t left[16], right[16];
    copy_bytes(a, left);
    copy_bytes(b, right);
    return memcmp(left, right, 16) == 0;
}

static bool read_port(const char *text, uint16_t *port)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &number, NULL)) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

bool reg_address_split(const char *text, char **host, uint16_t *port)
{
    const char *first = strchr(text, ':'), *last = strrchr(text, ':');
    const char *closing = text[0] == '[' ? strchr(text, ']') : NULL;
    *host = NULL;
    if (text[0] == '[') {
        if (closing == NULL || (closing[1] != '\0' && closing[1] != ':') ||
            (closing[1] == ':' && !read_port(closing + 2, port))) {
            return false;
        }
        *host = g_strndup(text + 1, (gsize)(closing - text - 1));
    } else if (first != NULL && first == last) {
        if (!read_port(last + 1, port)) {
            return false;
        }
        *host = g_strndup(text, (gsize)(last - text));
    } else {
        *host = g_strdup(text); /* a name, or an IPv6 address without a port */
    }
    if (**host == '\0') {
        g_clear_pointer(host, g_free);
        return false;
    }
    return true;
}

bool reg_network_parse(const char *text, RegNetwork *network)
{
    const char *slash = strchr(text, '/');
    g_autofree char *ip = slash != NULL ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
    RegAddress address;
    if (!reg_address_of(ip, 0, &address)) {
        return false;
    }
    const unsigned prefix = address.any.sa_family == AF_INET ? V4_PREFIX_BITS : 0;
    guint64 bits = V6_BITS - prefix;
    if (slash != NULL &&
        !g_ascii_string_to_unsigned(slash + 1, 10, 0, V6_BITS - prefix, &bits, NULL)) {
        return false;
    }
    copy_bytes(&address, network->bytes);
    network->bits = (uint8_t)(prefix + bits);
    return true;
}

bool reg_network_holds(const RegNetwork *network, const RegAddress *address)
{
    uint8_t bytes[16];
    copy_bytes(address, bytes);
    const unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(bytes, network->bytes, whole) != 0) {
        return false;
    }
    const uint8_t mask = (uint8_t)(0xff00 >> rest);
    return rest == 0 || (bytes[whole] & mask) == (network->bytes[whole] & mask);
}
