/* tools/distrod/cluster/forward.c -- FORWARD as an HTTP request, and its answer as an outcome. */
#include "tools/distrod/cluster/forward.h"

#include "core/json/read/decode.h"
#include "core/wire_json.h"

#include <string.h>

enum {
    MAX_ANSWER = 64 * 1024
};

struct RegForward {
    RegForwardOptions options;
};

typedef struct Sent {
    RegForward *forward;
    DistroTicket ticket;
} Sent;

static void submit_outcome(const Sent *sent, DistroOutcome outcome, const DistroFrame *frame)
{
    const DistroInput input = { .kind = DISTRO_INPUT_OUTCOME,
                                .outcome = {
                                    .ticket = sent->ticket, .outcome = outcome, .frame = frame } };
    reg_host_submit(sent->forward->options.host, &input);
}

/* What the core reads of an answer is its status line and body; an answer that it does not know
 * (another release's words) has the meaning of its code. */
static void submit_answer(const Sent *sent, unsigned code, const GString *body)
{
    DistroDictionary *dictionary = reg_host_dictionary(sent->forward->options.host);
    g_autofree char *text = g_strdup_printf("HTTP/1.1 %u\r\n\r\n%s", code, body->str);
    DistroMessage message;
    if (distro_wire_json_decode(dictionary, DISTRO_OP_FORWARD, true, text, strlen(text),
                                &message) != DISTRO_WIRE_OK) {
        message = (DistroMessage) {
            .op = DISTRO_OP_FORWARD,
            .answer = true,
            .status = code == 400   ? DISTRO_STATUS_HTTP_BAD_REQUEST
                      : code == 404 ? DISTRO_STATUS_HTTP_NOT_FOUND
                      : code == 501 ? DISTRO_STATUS_HTTP_UNKNOWN_API
                      : code == 503 ? DISTRO_STATUS_HTTP_UNAVAILABLE
                                    : DISTRO_STATUS_HTTP_ERROR,
        };
    }
    DistroFrame frame = distro_wire_encode(dictionary, &message);
    distro_message_clear(&message);
    submit_outcome(sent, DISTRO_OUTCOME_ANSWERED, &frame);
    distro_frame_clear(&frame);
}

static void finish(void *data, RegFetched how, unsigned code, const GString *body)
{
    Sent *sent = data;
    switch (how) {
    case REG_FETCHED:
        submit_answer(sent, code, body);
        break;
    case REG_FETCH_REFUSED:
        submit_outcome(sent, DISTRO_OUTCOME_REFUSED, NULL);
        break;
    case REG_FETCH_TIMEOUT:
        submit_outcome(sent, DISTRO_OUTCOME_TIMED_OUT, NULL);
        break;
    case REG_FETCH_BROKEN:
        submit_outcome(sent, DISTRO_OUTCOME_BROKEN, NULL);
        break;
    }
    g_free(sent);
}

/* "POST /path?query HTTP/1.1" in two. */
static bool split_request_line(char *line, char **method, char **target)
{
    char *space = strchr(line, ' ');
    char *end = space != NULL ? strchr(space + 1, ' ') : NULL;
    if (end == NULL) {
        return false;
    }
    *space = *end = '\0';
    *method = line;
    *target = space + 1;
    return true;
}

/* http://<the member's address><target>; NULL if it is not known yet. */
static char *url_of(const RegForward *forward, DistroName peer, const char *target)
{
    g_autofree char *host = NULL;
    uint16_t port = 0;
    RegAddress address;
    char text[REG_ADDRESS_TEXT];
    if (!reg_address_split(distro_dictionary_text(reg_host_dictionary(forward->options.host), peer),
                           &host, &port) ||
        !reg_names_find(forward->options.names, host, &address)) {
        return NULL;
    }
    if (address.any.sa_family == AF_INET) {
        address.v4.sin_port = htons(port);
    } else {
        address.v6.sin6_port = htons(port);
    }
    reg_address_text(&address, text);
    return g_strdup_printf("http://%s%s", text, target);
}

static void send_on(RegForward *forward, const DistroEffect *effect, char *line)
{
    Sent *sent = g_new(Sent, 1);
    char *method = NULL, *target = NULL;
    *sent = (Sent) { forward, effect->send.ticket };
    const bool split = split_request_line(line, &method, &target);
    g_assert_true(split); /* the core wrote it */
    g_autofree char *url = url_of(forward, effect->send.ticket.peer, target);
    if (url == NULL) {
        finish(sent, REG_FETCH_REFUSED, 0, NULL);
        return;
    }
    const RegIdentity *identity = &forward->options.identity;
    g_autofree char *agent =
        g_strdup_printf("User-Agent: Nacos-Server:v%s", forward->options.version);
    g_autofree char *shown =
        identity->key != NULL ? g_strdup_printf("%s: %s", identity->key, identity->value) : NULL;
    const char *const headers[] = { agent, shown, NULL };
    const RegFetch fetch = { .method = method,
                             .url = url,
                             .headers = headers,
                             .connect_us = effect->send.connect_us,
                             .total_us = effect->send.connect_us + effect->send.timeout_us,
                             .max_bytes = MAX_ANSWER };
    reg_fetch(forward->options.fetcher, &fetch, finish, sent);
}

static void carry_send(void *data, const DistroEffect *effect)
{
    RegForward *forward = data;
    const DistroDictionary *dictionary = reg_host_dictionary(forward->options.host);
    DistroMessage message;
    const DistroWireError error = distro_wire_decode(dictionary, &effect->send.frame, &message);
    g_assert_cmpint(error, ==, DISTRO_WIRE_OK); /* the core wrote it */
    if (message.op == DISTRO_OP_FORWARD) {
        GString *line = g_string_new(NULL);
        distro_wire_json_encode(dictionary, &message, line);
        send_on(forward, effect, line->str);
        g_string_free(line, true);
    }
}

RegForward *reg_forward_new(const RegForwardOptions *options)
{
    RegForward *forward = g_new0(RegForward, 1);
    forward->options = *options;
    reg_host_carry(options->host, DISTRO_EFFECT_SEND, carry_send, forward);
    return forward;
}

void reg_forward_free(RegForward *forward)
{
    g_free(forward);
}
