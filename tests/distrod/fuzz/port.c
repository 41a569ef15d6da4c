/* tests/distrod/fuzz/port.c -- bytes at a gRPC port after HTTP/2's preface and empty SETTINGS. A
 * server may close the connection on them; it must serve the next one. */
#include "tests/distrod/fuzz/fuzz.h"

#include "tests/distrod/support/servers.h"
#include "tests/distrod/support/waiting.h"

#include <nghttp2/nghttp2.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT = 18908,
    ROUND = 1000
};

static Servers servers;
static unsigned tried;

static bool has_ended(void *data)
{
    char answer[4096];
    return recv(*(int *)data, answer, sizeof answer, MSG_DONTWAIT) == 0;
}

static void check_it_serves(void)
{
    Sdk *sdk = servers_client(&servers, 0);
    const bool registered = sdk_register(sdk, "shop", "10.0.0.1", 80);
    g_assert_true(registered);
    sdk_close(sdk);
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    static const uint8_t settings[9] = { [3] = NGHTTP2_SETTINGS };
    RegAddress address;
    if (size == 0) {
        return;
    }
    if (tried++ % ROUND == 0) {
        if (tried > 1) {
            check_it_serves();
            servers_stop(&servers);
        }
        static const char *const more[] = { "--trust=127.0.0.0/8", NULL };
        servers_start(&servers, 1, PORT, more);
    }
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    reg_address_of(servers_ip(0), (uint16_t)(PORT + 1000 + bytes[0] % 2), &address);
    const int connected = connect(fd, &address.any, address.size);
    g_assert_cmpint(connected, ==, 0);
    if (send(fd, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN, MSG_NOSIGNAL) >= 0 &&
        send(fd, settings, sizeof settings, MSG_NOSIGNAL) >= 0 &&
        send(fd, bytes + 1, size - 1, MSG_NOSIGNAL) >= 0) {
        wait_until(servers.loop, has_ended, &fd, 2);
    }
    close(fd);
}
