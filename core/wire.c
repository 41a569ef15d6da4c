/* core/wire.c -- the compact face: heads, bodies, contents, snapshots.
 *
 * Encoding writes six words and adds up sizes that the dictionary already knows; only a body is
 * ever allocated, and a CHANGE's body is its content's, shared. Decoding believes nothing: every
 * number is looked up, every length compared, every unused word must be zero. */
#include "core/wire.h"

#include "core/wire_json.h"
#include "core/wire_v1.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(G_BYTE_ORDER == G_LITTLE_ENDIAN, "bodies are contents, and those are little-endian");

enum {
    WORD = 4,
    ELEMENT_HEAD_WORDS = 4
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

enum {
    FEW_HASHES = 32
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

void distro_frame_clear(DistroFrame *frame)
{
    g_clear_pointer(&frame->body, g_bytes_unref);
}

DistroFrame distro_frame_ref(const DistroFrame *frame)
{
    DistroFrame copy = *frame;
    if (copy.body != NULL) {
        g_bytes_ref(copy.body);
    }
    return copy;
}

const char *distro_wire_error_text(DistroWireError error)
{
    switch (error) {
    case DISTRO_WIRE_OK:
        return "no error";
    case DISTRO_WIRE_SHORT:
        return "fewer bytes than announced";
    case DISTRO_WIRE_LONG:
        return "more bytes than announced";
    case DISTRO_WIRE_UNKNOWN_OP:
        return "unknown operation";
    case DISTRO_WIRE_UNKNOWN_STATUS:
        return "unknown status";
    case DISTRO_WIRE_UNKNOWN_NUMBER:
        return "a number that is not in the dictionary";
    case DISTRO_WIRE_BAD_ORDER:
        return "publications not in ascending order of service";
    case DISTRO_WIRE_BAD_TEXT:
        return "not JSON, or not this message's";
    case DISTRO_WIRE_BAD_RANGE:
        return "a number out of range";
    }
    return "unknown error";
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

static void put_snapshot(DistroFrame *frame, GBytes *snapshot, uint32_t count)
{
    gsize size = snapshot == NULL ? 0 : g_bytes_get_size(snapshot);
    put(frame, AT_COUNT, count);
    put(frame, AT_BODY, (uint32_t)size);
    if (size > 0) {
        frame->body = g_bytes_ref(snapshot);
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
    case DISTRO_OP_SNAPSHOT:
        put_snapshot(frame, message->snapshot, message->snapshot_count);
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

/* The list of a message of 1.x; only an answer that is OK has one. */
static DistroListKind list_kind(const DistroMessage *message)
{
    if (message->answer && message->status != DISTRO_STATUS_OK) {
        return DISTRO_LIST_NONE;
    }
    return distro_list_kind(message->op, message->answer, message->http);
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
    if (list_kind(message) != DISTRO_LIST_NONE && frame->body == NULL) {
        put_snapshot(frame, message->snapshot, message->snapshot_count);
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

static bool is_status(uint32_t code)
{
    switch ((DistroStatus)code) {
    case DISTRO_STATUS_OK:
    case DISTRO_STATUS_VERIFY_FAILED:
    case DISTRO_STATUS_REFUSED_AS_OK:
    case DISTRO_STATUS_EXCEPTION:
    case DISTRO_STATUS_ERROR_STARTING:
    case DISTRO_STATUS_UNREGISTERED:
    case DISTRO_STATUS_NO_HANDLER:
    case DISTRO_STATUS_BAD_PAYLOAD:
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
    case DISTRO_STATUS_HTTP_NOT_FOUND:
    case DISTRO_STATUS_HTTP_ERROR:
    case DISTRO_STATUS_HTTP_UNKNOWN_API:
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
    case DISTRO_STATUS_BEAT_UNKNOWN:
        return true;
    }
    return false;
}

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

static DistroWireError check_order(const DistroDictionary *dictionary,
                                   const DistroDictionaryCounts *counts, const uint8_t *items,
                                   uint32_t count)
{
    DistroService before = DISTRO_NONE;

    for (uint32_t i = 0; i < count; i++) {
        DistroPublication publication;
        memcpy(&publication, items + (size_t)i * WORD, WORD);
        if (publication == DISTRO_NONE || publication > counts->publications) {
            return DISTRO_WIRE_UNKNOWN_NUMBER;
        }
        DistroService service =
            distro_dictionary_publication_info(dictionary, publication)->service;
        if (service <= before) {
            return DISTRO_WIRE_BAD_ORDER;
        }
        before = service;
    }
    return DISTRO_WIRE_OK;
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
    const uint8_t *items = g_bytes_get_data(frame->body, NULL);
    if ((uintptr_t)items % WORD != 0) { /* a content is read as an array, and ours never is so */
        return DISTRO_WIRE_BAD_RANGE;
    }
    content->many = frame->body;
    return check_order(dictionary, counts, items, content->count);
}

static DistroWireError get_snapshot(const DistroDictionary *dictionary,
                                    const DistroDictionaryCounts *counts, const DistroFrame *frame,
                                    DistroMessage *message)
{
    size_t size = get(frame, AT_BODY);
    DistroWireError error = check_size(frame, size);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    const uint8_t *data = size == 0 ? NULL : g_bytes_get_data(frame->body, NULL);
    size_t at = 0;

    message->snapshot_count = get(frame, AT_COUNT);
    message->snapshot = size == 0 ? NULL : frame->body;
    for (uint32_t i = 0; i < message->snapshot_count; i++) {
        uint32_t element[ELEMENT_HEAD_WORDS]; /* client, revision, count, idle ms */
        if (size - at < sizeof element) {
            return DISTRO_WIRE_SHORT;
        }
        memcpy(element, data + at, sizeof element);
        at += sizeof element;
        if (element[0] == DISTRO_NONE || element[0] > counts->clients) {
            return DISTRO_WIRE_UNKNOWN_NUMBER;
        }
        if (element[3] > INT32_MAX) {
            return DISTRO_WIRE_BAD_RANGE;
        }
        if ((size - at) / WORD < element[2]) {
            return DISTRO_WIRE_SHORT;
        }
        error = check_order(dictionary, counts, data + at, element[2]);
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
        at += (size_t)element[2] * WORD;
    }
    return at == size ? DISTRO_WIRE_OK : DISTRO_WIRE_LONG;
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
    if (message->answer ? !is_status(code) : code != 0) {
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
                                DistroListKind kind, DistroMessage *message)
{
    size_t size = get(frame, AT_BODY);
    DistroWireError error = check_size(frame, size);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    message->snapshot_count = get(frame, AT_COUNT);
    message->snapshot = size == 0 ? NULL : frame->body;
    return distro_list_check(dictionary, kind, message->snapshot, message->snapshot_count);
}

static DistroWireError get_v1(const DistroDictionary *dictionary,
                              const DistroDictionaryCounts *counts, const DistroFrame *frame,
                              unsigned used, DistroMessage *message)
{
    const DistroListKind kind = list_kind(message);
    DistroWireError error = DISTRO_WIRE_OK;
    if (used & USES_CLIENT) {
        error = get_which(counts, frame, message);
    }
    if (error == DISTRO_WIRE_OK && (used & USES_TARGET)) {
        error = get_target(counts, frame, message);
    }
    if (error == DISTRO_WIRE_OK && kind != DISTRO_LIST_NONE) {
        error = get_list(dictionary, frame, kind, message);
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
    bool listed = list_kind(message) != DISTRO_LIST_NONE;
    bool snapshot = message->op == DISTRO_OP_SNAPSHOT && (used & USES_BODY) != 0;
    bool many = (used & USES_CONTENT) == USES_CONTENT && message->op != DISTRO_OP_FORWARD &&
                get(frame, AT_COUNT) > 1;
    if (!snapshot && !many && !listed && body_size(frame) > 0) {
        return DISTRO_WIRE_LONG;
    }
    if (message->op >= DISTRO_OP_DATUM || listed) {
        return get_v1(dictionary, &counts, frame, used, message);
    }
    if (message->op == DISTRO_OP_FORWARD) {
        return get_forward(dictionary, &counts, frame, message);
    }
    if (snapshot) {
        return get_snapshot(dictionary, &counts, frame, message);
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

void distro_message_clear(DistroMessage *message)
{
    distro_content_clear(&message->content);
    g_clear_pointer(&message->snapshot, g_bytes_unref);
    message->snapshot_count = 0;
}

/* ---- contents ---- */

DistroContent distro_content_ref(const DistroContent *content)
{
    DistroContent copy = *content;
    if (copy.many != NULL) {
        g_bytes_ref(copy.many);
    }
    return copy;
}

void distro_content_clear(DistroContent *content)
{
    g_clear_pointer(&content->many, g_bytes_unref);
    content->count = 0;
    content->only = DISTRO_NONE;
}

const DistroPublication *distro_content_items(const DistroContent *content)
{
    return content->count <= 1 ? &content->only : g_bytes_get_data(content->many, NULL);
}

bool distro_content_equal(const DistroContent *a, const DistroContent *b)
{
    if (a->count != b->count) {
        return false;
    }
    if (a->count <= 1) {
        return a->only == b->only;
    }
    return a->many == b->many || g_bytes_equal(a->many, b->many);
}

/* Place of the first publication whose service is not below @service. */
static uint32_t place_of(const DistroDictionary *dictionary, const DistroContent *content,
                         DistroService service)
{
    const DistroPublication *items = distro_content_items(content);
    uint32_t low = 0, high = content->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (distro_dictionary_publication_info(dictionary, items[middle])->service < service) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_service_at(const DistroDictionary *dictionary, const DistroContent *content,
                          uint32_t place, DistroService service)
{
    if (place >= content->count) {
        return false;
    }
    DistroPublication there = distro_content_items(content)[place];
    return distro_dictionary_publication_info(dictionary, there)->service == service;
}

DistroPublication distro_content_find(const DistroDictionary *dictionary,
                                      const DistroContent *content, DistroService service)
{
    uint32_t place = place_of(dictionary, content, service);
    return is_service_at(dictionary, content, place, service) ? distro_content_items(content)[place]
                                                              : DISTRO_NONE;
}

/* @items (transfer full) become the content; one of them needs no memory. */
static DistroContent take_items(DistroPublication *items, uint32_t count)
{
    DistroContent content = { .count = count };
    if (count <= 1) {
        content.only = count == 1 ? items[0] : DISTRO_NONE;
        g_free(items);
    } else {
        content.many = g_bytes_new_take(items, (gsize)count * sizeof *items);
    }
    return content;
}

DistroContent distro_content_with(const DistroDictionary *dictionary, const DistroContent *content,
                                  DistroService service, DistroPublication publication)
{
    uint32_t place = place_of(dictionary, content, service);
    uint32_t out = is_service_at(dictionary, content, place, service) ? 1 : 0;
    uint32_t in = publication != DISTRO_NONE ? 1 : 0;
    const DistroPublication *items = distro_content_items(content);

    if (in) {
        g_assert_cmpuint(distro_dictionary_publication_info(dictionary, publication)->service, ==,
                         service);
    }
    if (content->count - out + in <= 1 && content->count <= 1) { /* the common case, at no cost */
        return (DistroContent) { .count = content->count - out + in,
                                 .only = in ? publication : (out ? DISTRO_NONE : content->only) };
    }

    DistroPublication *copy = g_new(DistroPublication, content->count + 1);
    memcpy(copy, items, place * sizeof *copy);
    copy[place] = publication;
    memcpy(copy + place + in, items + place + out, (content->count - place - out) * sizeof *copy);
    return take_items(copy, content->count - out + in);
}

static int compare_hashes(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return left < right ? -1 : left > right;
}

int32_t distro_revision_of_hashes(int32_t id_hash, int32_t *hashes, size_t count)
{
    /* Objects.hash(clientId, set), where the set holds hashes: what collides counts once. */
    uint32_t revision = 31u * (31u + (uint32_t)id_hash);

    if (count > 1) {
        qsort(hashes, count, sizeof *hashes, compare_hashes);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || hashes[i] != hashes[i - 1]) {
            revision += (uint32_t)hashes[i];
        }
    }
    return (int32_t)revision;
}

int32_t distro_content_revision(const DistroDictionary *dictionary, DistroClient client,
                                const DistroContent *content)
{
    const DistroPublication *items = distro_content_items(content);
    int32_t few[FEW_HASHES];
    g_autofree int32_t *many = NULL;
    int32_t *hashes = few;
    size_t count = 0, at = 0;

    for (uint32_t i = 0; i < content->count; i++) {
        count += distro_dictionary_publication_info(dictionary, items[i])->count;
    }
    if (count > FEW_HASHES) {
        hashes = many = g_new(int32_t, count);
    }
    /* Nacos has no revision for a batch of an ip:port client, which no SDK can register; we let
     * each of its instances count. */
    for (uint32_t i = 0; i < content->count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, items[i]);
        for (uint32_t k = 0; k < info->count; k++) {
            hashes[at++] =
                distro_dictionary_listing_info(dictionary, info->listings[k])->element_hash;
        }
    }
    int32_t id_hash = distro_dictionary_client_info(dictionary, client)->id_hash;
    return distro_revision_of_hashes(id_hash, hashes, count);
}

/* ---- snapshots ---- */

struct DistroSnapshotWriter {
    GByteArray *bytes;
    uint32_t count;
    size_t last;      /* offset of the element added last */
    size_t json_size; /* of the elements, without what stands between them */
};

DistroSnapshotWriter *distro_snapshot_writer_new(void)
{
    DistroSnapshotWriter *writer = g_new0(DistroSnapshotWriter, 1);
    writer->bytes = g_byte_array_new();
    return writer;
}

void distro_snapshot_writer_add(DistroSnapshotWriter *writer, const DistroDictionary *dictionary,
                                DistroClient client, int32_t revision, const DistroContent *content)
{
    uint32_t element[ELEMENT_HEAD_WORDS] = { client, (uint32_t)revision, content->count, 0 };

    writer->last = writer->bytes->len;
    g_byte_array_append(writer->bytes, (const uint8_t *)element, sizeof element);
    if (content->count > 0) {
        g_byte_array_append(writer->bytes, (const uint8_t *)distro_content_items(content),
                            content->count * WORD);
    }
    writer->count++;
    writer->json_size += distro_json_client_size(dictionary, client, revision, content);
}

void distro_snapshot_writer_idle(DistroSnapshotWriter *writer, int32_t idle_ms)
{
    g_assert_cmpint(idle_ms, >=, 0);
    const uint32_t word = (uint32_t)idle_ms;
    memcpy(writer->bytes->data + writer->last + 3 * WORD, &word, WORD);
    writer->json_size += distro_json_idle_size(idle_ms);
}

DistroFrame distro_snapshot_writer_finish(DistroSnapshotWriter *writer)
{
    DistroFrame frame = { .body = NULL };
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(writer->bytes);

    put_kind(&frame, DISTRO_OP_SNAPSHOT, true, false, DISTRO_STATUS_OK);
    put_snapshot(&frame, bytes, writer->count);
    frame.json_size = (uint32_t)distro_json_snapshot_size(writer->count, writer->json_size);
    g_free(writer);
    return frame;
}

bool distro_snapshot_next(GBytes *snapshot, size_t *offset, DistroClient *client, int32_t *revision,
                          DistroContent *content)
{
    gsize size = 0;
    const uint8_t *data = snapshot == NULL ? NULL : g_bytes_get_data(snapshot, &size);
    if (*offset >= size) {
        return false;
    }

    uint32_t element[ELEMENT_HEAD_WORDS];
    g_assert_cmpuint(size - *offset, >=, sizeof element);
    memcpy(element, data + *offset, sizeof element);
    *offset += sizeof element;
    *client = element[0];
    *revision = (int32_t)element[1];
    *content = (DistroContent) { .count = element[2] };

    size_t items_size = (size_t)content->count * WORD;
    g_assert_cmpuint(size - *offset, >=, items_size);
    if (content->count == 1) {
        memcpy(&content->only, data + *offset, WORD);
    } else if (content->count > 1) {
        content->many = g_bytes_new(data + *offset, items_size);
    }
    *offset += items_size;
    return true;
}

int32_t distro_snapshot_idle_ms(GBytes *snapshot, size_t offset)
{
    uint32_t word;
    const uint8_t *data = g_bytes_get_data(snapshot, NULL);
    memcpy(&word, data + offset + 3 * WORD, WORD);
    return (int32_t)word;
}
