/* tests/real/unit/test_switch.c -- packets through the switch, with socket pairs for devices. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/check.h"
#include "tools/real/switch.h"

enum {
    A_IP = 10 << 24 | 1,
    B_IP = 10 << 24 | 2,
    PACKET_SIZE = 60,
    PATIENCE_MS = 2000,
};

/* Two parties, and our ends of their devices. */
typedef struct Wire {
    RealSwitch *network;
    int ends[2];
    uint8_t next;
} Wire;

static const uint32_t ips[2] = { A_IP, B_IP };

static void set_link(Wire *wire, unsigned from, const SimLink *link, bool cut)
{
    real_switch_set(wire->network, from, 1 - from, link, cut, false);
}

static void open_wire(Wire *wire, const SimLink *link)
{
    *wire = (Wire) { .network = real_switch_new(1) };
    for (unsigned i = 0; i < 2; i++) {
        int pair[2];
        check_int(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), ==, 0);
        wire->ends[i] = pair[0];
        real_switch_add(wire->network, sim_node_endpoint(i), ips[i], pair[1]);
        set_link(wire, i, link, false);
    }
}

static void close_wire(Wire *wire)
{
    real_switch_free(wire->network);
    close(wire->ends[0]);
    close(wire->ends[1]);
}

static void put_address(uint8_t *bytes, uint32_t ip)
{
    bytes[0] = (uint8_t)(ip >> 24);
    bytes[1] = (uint8_t)(ip >> 16);
    bytes[2] = (uint8_t)(ip >> 8);
    bytes[3] = (uint8_t)ip;
}

/* Sends a packet, numbered in its last byte. */
static void send_packet(Wire *wire, unsigned from)
{
    uint8_t packet[PACKET_SIZE] = { 0x45 };
    put_address(packet + 12, ips[from]);
    put_address(packet + 16, ips[1 - from]);
    packet[PACKET_SIZE - 1] = wire->next++;
    check_int(send(wire->ends[from], packet, sizeof packet, 0), ==, PACKET_SIZE);
}

/* The number of the next packet that comes to @to within @limit_ms; -1: none. */
static int receive(const Wire *wire, unsigned to, int limit_ms)
{
    uint8_t packet[PACKET_SIZE];
    struct pollfd wanted = { .fd = wire->ends[to], .events = POLLIN };
    if (poll(&wanted, 1, limit_ms) != 1) {
        return -1;
    }
    check_int(recv(wire->ends[to], packet, sizeof packet, 0), ==, PACKET_SIZE);
    return packet[PACKET_SIZE - 1];
}

static void a_packet_takes_the_delay_of_its_link(void)
{
    const SimLink link = { .delay_us = 30000 };
    Wire wire;
    open_wire(&wire, &link);
    const int64_t sent_us = g_get_monotonic_time();
    send_packet(&wire, 0);
    check_int(receive(&wire, 1, PATIENCE_MS), ==, 0);
    check_int(g_get_monotonic_time() - sent_us, >=, 30000);
    close_wire(&wire);
}

static void a_cut_stops_one_direction(void)
{
    const SimLink link = { .delay_us = 100 };
    Wire wire;
    open_wire(&wire, &link);
    set_link(&wire, 0, &link, true);
    send_packet(&wire, 0);
    check_int(receive(&wire, 1, 50), ==, -1);
    send_packet(&wire, 1);
    check_int(receive(&wire, 0, PATIENCE_MS), ==, 1);
    set_link(&wire, 0, &link, false);
    send_packet(&wire, 0);
    check_int(receive(&wire, 1, PATIENCE_MS), ==, 2);
    check_uint(real_switch_traffic(wire.network).cut, ==, 1);
    close_wire(&wire);
}

static void a_cut_takes_what_is_under_way(void)
{
    const SimLink link = { .delay_us = 200000 };
    Wire wire;
    open_wire(&wire, &link);
    send_packet(&wire, 0);
    g_usleep(50000);
    set_link(&wire, 0, &link, true);
    check_int(receive(&wire, 1, 400), ==, -1);
    close_wire(&wire);
}

static void packets_of_one_direction_keep_their_order(void)
{
    const SimLink link = { .delay_us = 5000, .jitter = 0.9 };
    Wire wire;
    open_wire(&wire, &link);
    for (int i = 0; i < 20; i++) {
        send_packet(&wire, 0);
        g_usleep(300);
    }
    for (int i = 0; i < 20; i++) {
        check_int(receive(&wire, 1, PATIENCE_MS), ==, i);
    }
    close_wire(&wire);
}

static void a_link_loses_the_share_that_it_says(void)
{
    const SimLink link = { .delay_us = 10, .loss = sim_chance(0.3) };
    unsigned came = 0;
    Wire wire;
    open_wire(&wire, &link);
    for (int i = 0; i < 1000; i++) {
        send_packet(&wire, 0);
        while (receive(&wire, 1, 0) >= 0) {
            came++;
        }
        g_usleep(50);
    }
    while (receive(&wire, 1, 100) >= 0) {
        came++;
    }
    check_uint(came, >=, 640);
    check_uint(came, <=, 760);
    check_uint(real_switch_traffic(wire.network).lost, ==, 1000 - came);
    close_wire(&wire);
}

static void a_party_that_is_mute_neither_sends_nor_hears(void)
{
    const SimLink link = { .delay_us = 100 };
    Wire wire;
    open_wire(&wire, &link);
    real_switch_mute(wire.network, sim_node_endpoint(1));
    send_packet(&wire, 0);
    send_packet(&wire, 1);
    check_int(receive(&wire, 1, 50), ==, -1);
    check_int(receive(&wire, 0, 50), ==, -1);
    close_wire(&wire);
}

static void what_belongs_to_no_party_is_dropped(void)
{
    const SimLink link = { .delay_us = 100 };
    uint8_t packet[PACKET_SIZE] = { 0x45 };
    Wire wire;
    open_wire(&wire, &link);
    put_address(packet + 12, A_IP);
    put_address(packet + 16, 192u << 24 | 168 << 16 | 1);
    check_int(send(wire.ends[0], packet, sizeof packet, 0), ==, PACKET_SIZE);
    check_int(send(wire.ends[0], "short", 5, 0), ==, 5);
    packet[0] = 0x60;
    check_int(send(wire.ends[0], packet, sizeof packet, 0), ==, PACKET_SIZE);
    check_int(receive(&wire, 1, 50), ==, -1);
    send_packet(&wire, 0);
    check_int(receive(&wire, 1, PATIENCE_MS), ==, 0);
    close_wire(&wire);
}

int main(void)
{
    static const Test tests[] = {
        { "a packet takes the delay of its link", a_packet_takes_the_delay_of_its_link },
        { "a cut stops one direction", a_cut_stops_one_direction },
        { "a cut takes what is under way", a_cut_takes_what_is_under_way },
        { "packets of one direction keep their order", packets_of_one_direction_keep_their_order },
        { "a link loses the share that it says", a_link_loses_the_share_that_it_says },
        { "a party that is mute neither sends nor hears",
          a_party_that_is_mute_neither_sends_nor_hears },
        { "what belongs to no party is dropped", what_belongs_to_no_party_is_dropped },
        { NULL, NULL },
    };
    return run_tests("switch", tests);
}
