/* tools/distrod/net/address.h -- addresses of the transport: "10.0.0.1:8848", "[::1]:8848", and
 * sets of networks, "10.0.0.0/8". */
#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An address of either family, as the kernel takes it. */
typedef struct RegAddress {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t size;
} RegAddress;

enum {
    REG_ADDRESS_TEXT = 64 /* room for any address with its port */
};

/* @ip in numbers, no name. False if it is none. */
bool reg_address_of(const char *ip, uint16_t port, RegAddress *address);
uint16_t reg_address_port(const RegAddress *address);
/* Without the port; an IPv4 address that came in IPv6's form is written as IPv4. */
void reg_address_ip(const RegAddress *address, char text[static REG_ADDRESS_TEXT]);
/* With the port, an IPv6 address in brackets. */
void reg_address_text(const RegAddress *address, char text[static REG_ADDRESS_TEXT]);
bool reg_address_is_loopback(const RegAddress *address);
/* Equal but for the port. */
bool reg_address_same_host(const RegAddress *a, const RegAddress *b);

/* Split "host:port" or "[v6]:port"; without a port @port stays as it is. False if it is neither or
 * the port is not 1 to 65535. */
bool reg_address_split(const char *text, char **host, uint16_t *port);

/* A network, or one address. */
typedef struct RegNetwork {
    uint8_t bytes[16]; /* IPv4 as IPv6, mapped */
    uint8_t bits;
} RegNetwork;
/* "10.0.0.0/8", "fd00::/8", "10.0.0.1". */
bool reg_network_parse(const char *text, RegNetwork *network);
bool reg_network_holds(const RegNetwork *network, const RegAddress *address);
