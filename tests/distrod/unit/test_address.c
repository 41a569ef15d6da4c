/* tests/distrod/unit/test_address.c -- addresses and networks, of both families. */
#include "tools/distrod/net/address.h"

#include "tests/support/check.h"

static void check_split(const char *text, const char *host, unsigned port)
{
    g_autofree char *seen = NULL;
    uint16_t number = 7;
    check_true(reg_address_split(text, &seen, &number));
    check_str(seen, ==, host);
    check_uint(number, ==, port);
}

static void check_no_address(const char *text)
{
    g_autofree char *seen = NULL;
    uint16_t number = 7;
    check_true(!reg_address_split(text, &seen, &number));
}

static void a_host_and_its_port_come_apart(void)
{
    check_split("10.0.0.1:80", "10.0.0.1", 80);
    check_split("name", "name", 7);
    check_split("[fd00::1]:80", "fd00::1", 80);
    check_split("[fd00::1]", "fd00::1", 7);
    check_split("fd00::1", "fd00::1", 7);
    check_no_address("");
    check_no_address(":80");
    check_no_address("a:0");
    check_no_address("a:65536");
    check_no_address("a:b");
    check_no_address("[fd00::1");
    check_no_address("[fd00::1]80");
}

static void an_address_is_written_as_it_was_read(void)
{
    RegAddress address;
    char text[REG_ADDRESS_TEXT];
    check_true(reg_address_of("10.0.0.1", 80, &address));
    reg_address_text(&address, text);
    check_str(text, ==, "10.0.0.1:80");
    check_true(reg_address_of("::ffff:10.0.0.1", 81, &address));
    reg_address_text(&address, text);
    check_str(text, ==, "10.0.0.1:81");
    check_true(reg_address_of("fd00::1", 82, &address));
    reg_address_text(&address, text);
    check_str(text, ==, "[fd00::1]:82");
    check_true(!reg_address_of("localhost", 80, &address));
}

static bool holds(const char *network, const char *ip)
{
    RegNetwork parsed;
    RegAddress address;
    const bool read = reg_network_parse(network, &parsed) && reg_address_of(ip, 0, &address);
    g_assert_true(read);
    return reg_network_holds(&parsed, &address);
}

static void a_network_holds_what_begins_like_it(void)
{
    RegNetwork network;
    check_true(holds("10.0.0.0/8", "10.1.2.3"));
    check_true(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    check_true(!holds("10.0.0.0/8", "11.0.0.0"));
    check_true(holds("10.0.0.128/25", "10.0.0.129"));
    check_true(!holds("10.0.0.128/25", "10.0.0.127"));
    check_true(holds("10.0.0.1", "10.0.0.1"));
    check_true(!holds("10.0.0.1", "10.0.0.2"));
    check_true(holds("0.0.0.0/0", "1.2.3.4"));
    check_true(!holds("0.0.0.0/0", "fd00::1"));
    check_true(holds("fd00::/8", "fd12::1"));
    check_true(!reg_network_parse("10.0.0.0/33", &network));
    check_true(!reg_network_parse("name/8", &network));
}

int main(void)
{
    static const Test tests[] = {
        { "a host and its port come apart", a_host_and_its_port_come_apart },
        { "an address is written as it was read", an_address_is_written_as_it_was_read },
        { "a network holds what begins like it", a_network_holds_what_begins_like_it },
        { NULL, NULL },
    };
    return run_tests("address", tests);
}
