/* tests/distrod/fuzz/http.c -- bytes at the HTTP port: with a first byte below 128 they are all a
 * client sends; else they are the query of a request to one of the paths. */
#include "tests/distrod/fuzz/fuzz.h"

#include "tests/distrod/support/servers.h"
#include "tests/distrod/support/waiting.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT = 18898,
    ROUND = 2000,
    ANSWER_LIMIT_MS = 20000 /* a machine may be busy */
};

static const char *const lines[] = {
    "POST /nacos/v1/ns/instance?",
    "DELETE /nacos/v1/ns/instance?",
    "PUT /nacos/v1/ns/instance/beat?",
    "GET /nacos/v1/ns/instance/list?",
    "GET /nacos/v1/ns/instance?",
    "GET /nacos/v1/ns/service/list?",
    "GET /nacos/v1/ns/service/subscribers?",
    "POST /nacos/v3/client/ns/instance?",
    "POST /nacos/v2/ns/instance?",
    "GET /nacos/v3/client/ns/instance/list?",
};

static Servers servers;
static unsigned tried;

static void send_all(int fd, const void *bytes, size_t size)
{
    if (send(fd, bytes, size, MSG_NOSIGNAL) < 0) {
        return; /* it has been closed on us, which it may */
    }
}

static void send_query(int fd, const uint8_t *bytes, size_t size)
{
    const char *line = lines[bytes[0] % G_N_ELEMENTS(lines)];
    g_autoptr(GString) text = g_string_new(line);
    for (size_t i = 1; i < size; i++) {
        if (g_ascii_isalnum(bytes[i]) || strchr("=&.+", bytes[i]) != NULL) {
            g_string_append_c(text, (char)bytes[i]);
        } else {
            g_string_append_printf(text, "%%%02X", bytes[i]);
        }
    }
    g_string_append(text, " HTTP/1.1\r\nHost: a\r\nUser-Agent: Nacos-Java-Client:v1\r\n"
                          "Connection: close\r\n\r\n");
    send_all(fd, text->str, text->len);
}

/* An answer comes or the connection ends; a client that sent half a request hears nothing. */
static bool has_answer(void *data)
{
    char answer[4096];
    return recv(*(int *)data, answer, sizeof answer, MSG_DONTWAIT) >= 0;
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    RegAddress address;
    if (size == 0) {
        return;
    }
    if (tried++ % ROUND == 0) {
        if (tried > 1) {
            servers_stop(&servers);
        }
        servers_start(&servers, 1, PORT, NULL);
    }
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    reg_address_of(servers_ip(0), PORT, &address);
    const int connected = connect(fd, &address.any, address.size);
    g_assert_cmpint(connected, ==, 0);
    if (bytes[0] < 128) {
        send_all(fd, bytes, size);
        wait_until(servers.loop, has_answer, &fd, 2);
    } else {
        send_query(fd, bytes, size);
        const bool answered = wait_until(servers.loop, has_answer, &fd, ANSWER_LIMIT_MS);
        g_assert_true(answered);
    }
    close(fd);
}
