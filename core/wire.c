/* core/wire.c -- messages as frames: heads and bodies.
 *
 * Encoding writes six words and adds up sizes that the dictionary already knows; only a body is
 * ever allocated, and a CHANGE's body is its content's, shared. Decoding believes nothing: every
 * number is looked up, every length compared, every unused word must be zero. */
#include "core/wire.h"

#include <string.h>

#include "core/v1/lists.h"
#include "core/v2/snapshot.h"
#include "core/wire_json.h"

_Static_assert(G_BYTE_ORDER == G_LITTLE_ENDIAN, "bodies are contents, and those are little-endian");

enum {
    WORD = 4
};
enum {
    AT_OP = 0,
    AT_ANSWER = 1,
    AT_STATUS = 2
};
enum {
    AT_CLIENT = 4,
    AT_REVISION = 8,
    AT_COUNT = 12,
    AT_BODY = 16,
    AT_TARGET = 20
};

/* FORWARD has other things to say. */
enum {
    AT_SERVICE = AT_REVISION,
    AT_KIND = AT_COUNT,
    AT_PUBLICATION = AT_BODY
};

/* 1.x: the namespace of STATUS or the service of STATUSES stands for the client. */
enum {
    AT_WHICH = AT_CLIENT
};

/* The bits of the answer byte. */
enum {
    IS_ANSWER = 1,
    IS_HTTP = 2
};

static void put(DistroFrame *frame, int at, uint32_t word)
{
    memcpy(frame->head + at, &word, WORD);
}

static uint32_t get(const DistroFrame *frame, int at)
{
    uint32_t word;
    memcpy(&word, frame->head + at, WORD);
    return word;
}

/* ---- encoding ---- */

static void put_content(DistroFrame *frame, const DistroContent *content)
{
    put(frame, AT_COUNT, content->count);
    if (content->count == 1) {
        g_assert_cmpuint(content->only, !=, DISTRO_NONE);
        put(frame, AT_BODY, content->only);
    } else if (content->count > 1) {
        gsize size = g_bytes_get_size(content->many);
        g_assert_cmpuint(size, ==, (gsize)content->count * WORD);
        put(frame, AT_BODY, (uint32_t)size);
        frame->body = g_bytes_ref(content->many);
    }
}

static void put_list(DistroFrame *frame, const DistroMessage *message)
{
    gsize size = message->list == NULL ? 0 : g_bytes_get_size(message->list);
    put(frame, AT_COUNT, message->list_count);
    put(frame, AT_BODY, (uint32_t)size);
    if (size > 0) {
        frame->body = g_bytes_ref(message->list);
    }
}

static bool needs_publication(DistroWriteKind kind)
{
    return kind == DISTRO_WRITE_REGISTER || kind == DISTRO_WRITE_BEAT;
}

static void put_write(DistroFrame *frame, const DistroDictionary *dictionary,
                      const DistroWrite *write)
{
    g_assert_cmpuint(write->service, !=, DISTRO_NONE);
    put(frame, AT_CLIENT, write->client);
    put(frame, AT_SERVICE, write->service);
    put(frame, AT_KIND, write->kind);
    if (!needs_publication(write->kind)) {
        return;
    }
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(dictionary, write->publication);
    g_assert_false(info->batch); /* SDK 1.x has no batches */
    g_assert_cmpuint(info->service, ==, write->service);
    put(frame, AT_PUBLICATION, write->publication);
}

static void put_request(DistroFrame *frame, const DistroDictionary *dictionary,
                        const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_CHANGE:
        put(frame, AT_CLIENT, message->client);
        put(frame, AT_REVISION, (uint32_t)message->revision);
        put(frame, AT_TARGET, message->target);
        put_content(frame, &message->content);
        break;
    case DISTRO_OP_DELETE:
        put(frame, AT_CLIENT, message->client);
        put(frame, AT_TARGET, message->target);
        break;
    case DISTRO_OP_VERIFY:
        put(frame, AT_CLIENT, message->client);
        put(frame, AT_REVISION, (uint32_t)message->revision);
        break;
    case DISTRO_OP_QUERY:
        put(frame, AT_CLIENT, message->client);
        break;
    case DISTRO_OP_REPORT:
        g_assert_cmpuint(message->target, !=, DISTRO_NONE);
        put(frame, AT_TARGET, message->target);
        break;
    case DISTRO_OP_FORWARD:
        put_write(frame, dictionary, &message->write);
        break;
    case DISTRO_OP_CHECKSUM:
    case DISTRO_OP_STATUS:
        g_assert_cmpuint(message->target, !=, DISTRO_NONE);
        put(frame, AT_TARGET, message->target);
        put(frame, AT_WHICH, message->namespace_id);
        break;
    case DISTRO_OP_STATUSES:
        g_assert_cmpuint(message->service, !=, DISTRO_NONE);
        put(frame, AT_WHICH, message->service);
        break;
    case DISTRO_OP_DATUM:
    case DISTRO_OP_PULL:
    case DISTRO_OP_SNAPSHOT:
    case DISTRO_OP_HEALTH:
    case DISTRO_OP_CONNECT:
        break;
    case DISTRO_N_OPS:
        g_assert_not_reached();
    }
}

static void put_answer(DistroFrame *frame, const DistroMessage *message)
{
    if (message->op == DISTRO_OP_FORWARD) {
        put(frame, AT_KIND, message->write.kind);
    }
    if (message->status != DISTRO_STATUS_OK) {
        return;
    }
    switch (message->op) {
    case DISTRO_OP_QUERY:
        if (message->client == DISTRO_NONE) {
            break;
        }
        put(frame, AT_CLIENT, message->client);
        put(frame, AT_REVISION, (uint32_t)message->revision);
        put_content(frame, &message->content);
        break;
    case DISTRO_OP_REPORT:
        if (!message->http) {
            put(frame, AT_TARGET, message->target);
        }
        break;
    default: /* the others answer with their status alone, or with a list */
        break;
    }
}

static void put_kind(DistroFrame *frame, DistroOp op, bool answer, bool http, DistroStatus status)
{
    uint16_t code = answer ? (uint16_t)status : 0;
    frame->head[AT_OP] = (uint8_t)op;
    frame->head[AT_ANSWER] = (uint8_t)((answer ? IS_ANSWER : 0) | (http ? IS_HTTP : 0));
    memcpy(frame->head + AT_STATUS, &code, sizeof code);
}

static DistroListKind list_kind(const DistroMessage *message)
{
    return distro_list_kind(message->op, message->answer, message->http);
}

/* Only an answer that is OK has a list. */
static bool has_list(const DistroMessage *message)
{
    if (message->answer && message->status != DISTRO_STATUS_OK) {
        return false;
    }
    return list_kind(message) != DISTRO_LIST_NONE ||
           (message->op == DISTRO_OP_SNAPSHOT && message->answer);
}

void distro_wire_write(const DistroDictionary *dictionary, const DistroMessage *message,
                       DistroFrame *frame)
{
    *frame = (DistroFrame) { .body = NULL };
    put_kind(frame, message->op, message->answer, message->http, message->status);
    if (message->answer) {
        put_answer(frame, message);
    } else {
        put_request(frame, dictionary, message);
    }
    if (has_list(message)) {
        put_list(frame, message);
    }
    /* Looks up the client and the target, and so asserts that they are the dictionary's. */
    frame->json_size = (uint32_t)distro_wire_json_size(dictionary, message);
}

DistroFrame distro_wire_encode(const DistroDictionary *dictionary, const DistroMessage *message)
{
    DistroFrame frame;

    distro_wire_write(dictionary, message, &frame);
    return frame;
}

/* ---- decoding ---- */

/* Which words a message of this kind may use, as bits: 1 client, 2 revision, 4 count, 8 body,
 * 16 target. */
enum {
    USES_CLIENT = 1,
    USES_REVISION = 2,
    USES_COUNT = 4,
    USES_BODY = 8,
    USES_TARGET = 16,
    USES_CONTENT = USES_COUNT | USES_BODY,
};

static unsigned words_used(DistroOp op, bool answer, bool http, DistroStatus status)
{
    static const uint8_t REQUESTS[DISTRO_N_OPS] = {
        [DISTRO_OP_CHANGE] = USES_CLIENT | USES_REVISION | USES_CONTENT | USES_TARGET,
        [DISTRO_OP_DELETE] = USES_CLIENT | USES_TARGET,
        [DISTRO_OP_VERIFY] = USES_CLIENT | USES_REVISION,
        [DISTRO_OP_QUERY] = USES_CLIENT,
        [DISTRO_OP_REPORT] = USES_TARGET,
        [DISTRO_OP_FORWARD] = USES_CLIENT | USES_REVISION | USES_CONTENT,
        [DISTRO_OP_DATUM] = USES_CONTENT,
        [DISTRO_OP_CHECKSUM] = USES_CONTENT | USES_TARGET,
        [DISTRO_OP_PULL] = USES_CONTENT,
        [DISTRO_OP_STATUS] = USES_CONTENT | USES_TARGET | USES_CLIENT,
        [DISTRO_OP_STATUSES] = USES_CLIENT,
    };
    static const uint8_t ANSWERS[DISTRO_N_OPS] = {
        [DISTRO_OP_QUERY] = USES_CLIENT | USES_REVISION | USES_CONTENT,
        [DISTRO_OP_SNAPSHOT] = USES_CONTENT,
        [DISTRO_OP_REPORT] = USES_TARGET,
        [DISTRO_OP_PULL] = USES_CONTENT,
        [DISTRO_OP_STATUSES] = USES_CONTENT,
    };

    if (!answer) {
        return REQUESTS[op];
    }
    if (op == DISTRO_OP_FORWARD) {
        return USES_COUNT;
    }
    if (http && op == DISTRO_OP_REPORT) {
        return 0;
    }
    return status == DISTRO_STATUS_OK ? ANSWERS[op] : 0;
}

static bool unused_words_are_zero(const DistroFrame *frame, unsigned used)
{
    for (int i = 0; i < 5; i++) {
        if (!(used & 1u << i) && get(frame, AT_CLIENT + i * WORD) != 0) {
            return false;
        }
    }
    return true;
}

static size_t body_size(const DistroFrame *frame)
{
    return frame->body == NULL ? 0 : g_bytes_get_size(frame->body);
}

static DistroWireError check_size(const DistroFrame *frame, size_t announced)
{
    size_t size = body_size(frame);
    return size < announced   ? DISTRO_WIRE_SHORT
           : size > announced ? DISTRO_WIRE_LONG
                              : DISTRO_WIRE_OK;
}

static DistroWireError get_content(const DistroDictionary *dictionary,
                                   const DistroDictionaryCounts *counts, const DistroFrame *frame,
                                   DistroContent *content)
{
    uint32_t word = get(frame, AT_BODY);
    content->count = get(frame, AT_COUNT);
    if (content->count <= 1) {
        content->only = word;
        if (content->count == 0) {
            return word == 0 ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
        }
        return word == 0 || word > counts->publications ? DISTRO_WIRE_UNKNOWN_NUMBER
                                                        : DISTRO_WIRE_OK;
    }

    if (word != (uint64_t)content->count * WORD) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    DistroWireError error = check_size(frame, word);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    const DistroPublication *items = g_bytes_get_data(frame->body, NULL);
    if ((uintptr_t)items % WORD != 0) { /* a content is read as an array, and ours never is so */
        return DISTRO_WIRE_BAD_RANGE;
    }
    content->many = frame->body;
    return distro_content_check(dictionary, items, content->count);
}

static DistroWireError get_write(const DistroDictionary *dictionary,
                                 const DistroDictionaryCounts *counts, const DistroFrame *frame,
                                 DistroWrite *write)
{
    write->client = get(frame, AT_CLIENT);
    write->service = get(frame, AT_SERVICE);
    write->publication = get(frame, AT_PUBLICATION);
    uint32_t kind = get(frame, AT_KIND);
    write->kind = (DistroWriteKind)kind;
    if (kind > DISTRO_WRITE_LIGHT_BEAT) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    if (write->client == DISTRO_NONE || write->client > counts->clients ||
        write->service == DISTRO_NONE || write->service > counts->services ||
        write->publication > counts->publications) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    if (!needs_publication(write->kind)) {
        return write->publication == DISTRO_NONE ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
    }
    if (write->publication == DISTRO_NONE) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(dictionary, write->publication);
    return info->batch || info->service != write->service ? DISTRO_WIRE_BAD_RANGE : DISTRO_WIRE_OK;
}

static DistroWireError get_kind(const DistroFrame *frame, DistroMessage *message)
{
    uint16_t code;
    memcpy(&code, frame->head + AT_STATUS, sizeof code);
    if (frame->head[AT_OP] >= DISTRO_N_OPS) {
        return DISTRO_WIRE_UNKNOWN_OP;
    }
    if (frame->head[AT_ANSWER] > (IS_ANSWER | IS_HTTP)) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    message->op = (DistroOp)frame->head[AT_OP];
    message->answer = (frame->head[AT_ANSWER] & IS_ANSWER) != 0;
    message->http = (frame->head[AT_ANSWER] & IS_HTTP) != 0;
    if (message->http && message->op != DISTRO_OP_SNAPSHOT && message->op != DISTRO_OP_REPORT) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    message->status = (DistroStatus)code;
    if (message->answer ? !distro_is_status(code) : code != 0) {
        return DISTRO_WIRE_UNKNOWN_STATUS;
    }
    return DISTRO_WIRE_OK;
}

/* The client that a message speaks of. Only an answer to QUERY may speak of none. */
static DistroWireError get_client(const DistroDictionaryCounts *counts, const DistroFrame *frame,
                                  DistroMessage *message)
{
    message->client = get(frame, AT_CLIENT);
    message->revision = (int32_t)get(frame, AT_REVISION);
    if (message->client > counts->clients) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    if (message->client != DISTRO_NONE) {
        return DISTRO_WIRE_OK;
    }
    if (!message->answer) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    bool silent = message->revision == 0 && get(frame, AT_COUNT) == 0 && get(frame, AT_BODY) == 0;
    return silent ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
}

static DistroWireError get_target(const DistroDictionaryCounts *counts, const DistroFrame *frame,
                                  DistroMessage *message)
{
    bool needed =
        !message->answer && (message->op == DISTRO_OP_REPORT || message->op == DISTRO_OP_CHECKSUM ||
                             message->op == DISTRO_OP_STATUS);
    message->target = get(frame, AT_TARGET);
    if (message->target > counts->names || (needed && message->target == DISTRO_NONE)) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    return DISTRO_WIRE_OK;
}

static DistroWireError get_forward(const DistroDictionary *dictionary,
                                   const DistroDictionaryCounts *counts, const DistroFrame *frame,
                                   DistroMessage *message)
{
    if (!message->answer) {
        return get_write(dictionary, counts, frame, &message->write);
    }
    uint32_t kind = get(frame, AT_KIND);
    message->write.kind = (DistroWriteKind)kind;
    return kind <= DISTRO_WRITE_LIGHT_BEAT ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
}

/* What 1.x says beside its lists. */
static DistroWireError get_which(const DistroDictionaryCounts *counts, const DistroFrame *frame,
                                 DistroMessage *message)
{
    uint32_t which = get(frame, AT_WHICH);
    bool service = message->op == DISTRO_OP_STATUSES;
    if (which == DISTRO_NONE || which > (service ? counts->services : counts->names)) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    if (service) {
        message->service = which;
    } else {
        message->namespace_id = which;
    }
    return DISTRO_WIRE_OK;
}

static DistroWireError get_list(const DistroDictionary *dictionary, const DistroFrame *frame,
                                DistroMessage *message)
{
    const size_t size = get(frame, AT_BODY);
    const DistroWireError error = check_size(frame, size);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    message->list_count = get(frame, AT_COUNT);
    message->list = size == 0 ? NULL : frame->body;
    const DistroListKind kind = list_kind(message);
    return kind == DISTRO_LIST_NONE
               ? distro_snapshot_check(dictionary, message->list, message->list_count)
               : distro_list_check(dictionary, kind, message->list, message->list_count);
}

static DistroWireError get_v1(const DistroDictionary *dictionary,
                              const DistroDictionaryCounts *counts, const DistroFrame *frame,
                              unsigned used, DistroMessage *message)
{
    DistroWireError error = DISTRO_WIRE_OK;
    if (used & USES_CLIENT) {
        error = get_which(counts, frame, message);
    }
    if (error == DISTRO_WIRE_OK && (used & USES_TARGET)) {
        error = get_target(counts, frame, message);
    }
    if (error == DISTRO_WIRE_OK && has_list(message)) {
        error = get_list(dictionary, frame, message);
    }
    return error;
}

DistroWireError distro_wire_decode(const DistroDictionary *dictionary, const DistroFrame *frame,
                                   DistroMessage *message)
{
    *message = (DistroMessage) { 0 };
    DistroWireError error = get_kind(frame, message);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    unsigned used = words_used(message->op, message->answer, message->http, message->status);
    if (!unused_words_are_zero(frame, used)) {
        return DISTRO_WIRE_BAD_RANGE;
    }

    DistroDictionaryCounts counts = distro_dictionary_counts(dictionary);
    bool listed = has_list(message);
    bool many = (used & USES_CONTENT) == USES_CONTENT && message->op != DISTRO_OP_FORWARD &&
                get(frame, AT_COUNT) > 1;
    if (!many && !listed && body_size(frame) > 0) {
        return DISTRO_WIRE_LONG;
    }
    if (message->op >= DISTRO_OP_DATUM || listed) {
        return get_v1(dictionary, &counts, frame, used, message);
    }
    if (message->op == DISTRO_OP_FORWARD) {
        return get_forward(dictionary, &counts, frame, message);
    }

    if (used & USES_CLIENT) {
        error = get_client(&counts, frame, message);
    }
    if (error == DISTRO_WIRE_OK && (used & USES_TARGET)) {
        error = get_target(&counts, frame, message);
    }
    if (error == DISTRO_WIRE_OK && (used & USES_BODY)) {
        error = get_content(dictionary, &counts, frame, &message->content);
    }
    return error;
}
