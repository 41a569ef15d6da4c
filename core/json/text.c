/* core/json/text.c -- what the size, the writer and the reader must agree on. */
#include "core/json/text.h"

static const char *const op_names[DISTRO_N_OPS] = {
    [DISTRO_OP_CHANGE] = "CHANGE",     [DISTRO_OP_DELETE] = "DELETE", [DISTRO_OP_VERIFY] = "VERIFY",
    [DISTRO_OP_SNAPSHOT] = "SNAPSHOT", [DISTRO_OP_QUERY] = "QUERY",
};

static const DistroJsonFailure failures[] = {
    { DISTRO_STATUS_VERIFY_FAILED, 500, 500, "[DISTRO-FAILED] distro data verify failed" },
    { DISTRO_STATUS_REFUSED_AS_OK, 200, 500, "[DISTRO-FAILED] distro data handle failed" },
    { DISTRO_STATUS_EXCEPTION, 500, 500, "handle distro request with exception" },
    { DISTRO_STATUS_ERROR_STARTING, 500, 300, "Server is starting,please try later." },
    { DISTRO_STATUS_UNREGISTERED, 500, 301, "Connection is unregistered." },
    { DISTRO_STATUS_NO_HANDLER, 500, 302, "RequestHandler Not Found" },
    { DISTRO_STATUS_BAD_PAYLOAD, 500, 502, "Invalid Payload" },
    { DISTRO_STATUS_HTTP_BAD_REQUEST, 500, 400, "receive invalid redirect request from peer" },
    { DISTRO_STATUS_HTTP_NOT_FOUND, 500, 404, "not found" },
    { DISTRO_STATUS_HTTP_ERROR, 500, 500, "server error" },
    { DISTRO_STATUS_HTTP_UNKNOWN_API, 500, 501, "no such api" },
    { DISTRO_STATUS_HTTP_UNAVAILABLE, 500, 503, "server is STARTING now, please try again later!" },
    { DISTRO_STATUS_BEAT_UNKNOWN, 500, 20404, "resource not found" },
};

/* URLEncoder leaves these alone, makes a space a plus, and each other byte three. */
bool distro_json_is_url_plain(unsigned char letter)
{
    return g_ascii_isalnum(letter) || (letter != 0 && strchr(".-*_", letter) != NULL);
}

DistroJsonAddress distro_json_split_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t port_size = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    bool sound = port_size > 0 && port_size <= 5 && colon[1 + port_size] == '\0' &&
                 (colon[1] != '0' || port_size == 1);
    if (!sound) {
        return (DistroJsonAddress) { text, "0", strlen(text), 1 };
    }
    return (DistroJsonAddress) { text, colon + 1, (size_t)(colon - text), port_size };
}

/* Whether the SDK says this in a parameter of its own, or nowhere, and not in the metadata. */
bool distro_json_is_metadata(const DistroExtEntry *entry)
{
    if (strcmp(entry->key, "publishInstanceWeight") == 0) {
        return entry->kind == DISTRO_VALUE_STRING || entry->kind == DISTRO_VALUE_BOOL;
    }
    if (strcmp(entry->key, "publishInstanceEnable") == 0) {
        return entry->kind != DISTRO_VALUE_BOOL && entry->kind != DISTRO_VALUE_NULL;
    }
    return entry->kind != DISTRO_VALUE_NULL;
}

DistroJsonAddress distro_json_client_address(const DistroDictionary *dictionary,
                                             DistroClient client)
{
    DistroName tag = distro_dictionary_client_info(dictionary, client)->tag;
    return distro_json_split_address(distro_dictionary_text(dictionary, tag));
}

const DistroJsonFailure *distro_json_failure(DistroStatus status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        if (failures[i].status == status) {
            return &failures[i];
        }
    }
    g_assert_not_reached();
}

/* The body of an HTTP answer that HTTP itself knows, or NULL. */
const char *distro_json_http_body(DistroStatus status, DistroWriteKind kind)
{
    bool beat = kind == DISTRO_WRITE_BEAT || kind == DISTRO_WRITE_LIGHT_BEAT;
    switch (status) {
    case DISTRO_STATUS_OK:
        return beat ? BEAT_ANSWER("10200") : "ok";
    case DISTRO_STATUS_BEAT_UNKNOWN:
        return BEAT_ANSWER("20404");
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
    case DISTRO_STATUS_HTTP_NOT_FOUND:
    case DISTRO_STATUS_HTTP_ERROR:
    case DISTRO_STATUS_HTTP_UNKNOWN_API:
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
        return distro_json_failure(status)->message;
    default: /* a gRPC status: written as an error response in the body */
        return NULL;
    }
}

const DistroListingInfo *distro_json_written_listing(const DistroDictionary *dictionary,
                                                     const DistroWrite *write)
{
    if (write->kind != DISTRO_WRITE_REGISTER && write->kind != DISTRO_WRITE_BEAT) {
        return NULL;
    }
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(dictionary, write->publication);
    g_assert_false(info->batch);
    return distro_dictionary_listing_info(dictionary, info->listings[0]);
}

const char *distro_json_op_name(DistroOp op)
{
    return op_names[op];
}

const DistroJsonFailure *distro_json_failures(size_t *count)
{
    *count = G_N_ELEMENTS(failures);
    return failures;
}
