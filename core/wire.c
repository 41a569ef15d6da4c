/* core/wire.c -- messages as frames: heads and bodies.
 *
 * What an operation's words are, its protocol tells (DistroLayout). Encoding writes six words and
 * adds up sizes that the dictionary already knows; only a body is ever allocated, and a content's
 * body is the content's own, shared. Decoding believes nothing: every number is looked up, every
 * length compared, every unused word must be zero. */
#include "core/wire.h"

#include <string.h>

#include "core/protocol.h"

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
    AT_SUBJECT = 4,
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

/* The bits of the answer byte. */
enum {
    IS_ANSWER = 1,
    IS_HTTP = 2,
    IS_IDENTIFIED = 4
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

DistroOp distro_wire_op(const DistroFrame *frame)
{
    return frame->head[AT_OP];
}

bool distro_wire_is_http(const DistroFrame *frame)
{
    return (frame->head[AT_ANSWER] & IS_HTTP) != 0;
}

bool distro_wire_is_answer(const DistroFrame *frame)
{
    return (frame->head[AT_ANSWER] & IS_ANSWER) != 0;
}

uint32_t distro_wire_subject(const DistroFrame *frame)
{
    return get(frame, AT_SUBJECT);
}

int32_t distro_wire_revision(const DistroFrame *frame)
{
    return (int32_t)get(frame, AT_REVISION);
}

/* Any answer but one that is OK says its status alone. */
static const DistroLayout *layout_of(const DistroOpInfo *info, const DistroMessage *message)
{
    static const DistroLayout BARE = { .subject = DISTRO_SUBJECT_NONE };
    if (!message->answer) {
        return &info->request;
    }
    return message->status == DISTRO_STATUS_OK ? &info->answer : &BARE;
}

/* ---- encoding ---- */

static void put_content(DistroFrame *frame, const DistroContent *content)
{
    put(frame, AT_COUNT, content->count);
    if (content->count == 1) {
        g_assert_cmpuint(content->only, !=, DISTRO_NONE);
        put(frame, AT_BODY, content->only);
    } else if (content->count > 1) {
        const gsize size = g_bytes_get_size(content->many);
        g_assert_cmpuint(size, ==, (gsize)content->count * WORD);
        put(frame, AT_BODY, (uint32_t)size);
        frame->body = g_bytes_ref(content->many);
    }
}

static void put_list(DistroFrame *frame, const DistroMessage *message)
{
    const gsize size = message->list == NULL ? 0 : g_bytes_get_size(message->list);
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
    put(frame, AT_SUBJECT, write->client);
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

static void put_forward(DistroFrame *frame, const DistroDictionary *dictionary,
                        const DistroMessage *message)
{
    if (message->answer) {
        put(frame, AT_KIND, message->write.kind);
    } else {
        put_write(frame, dictionary, &message->write);
    }
}

/* The one that @message speaks of, of the kind that it is. */
static uint32_t subject_of(DistroSubject kind, const DistroMessage *message)
{
    switch (kind) {
    case DISTRO_SUBJECT_CLIENT:
    case DISTRO_SUBJECT_CLIENT_IF_ANY:
        return message->client;
    case DISTRO_SUBJECT_SERVICE:
        return message->service;
    case DISTRO_SUBJECT_NAMESPACE:
        return message->namespace_id;
    case DISTRO_SUBJECT_NONE:
        break;
    }
    return DISTRO_NONE;
}

static void put_words(DistroFrame *frame, const DistroLayout *layout, const DistroMessage *message)
{
    const uint32_t subject = subject_of(layout->subject, message);
    if (subject != DISTRO_NONE) {
        put(frame, AT_SUBJECT, subject);
    } else if (layout->subject == DISTRO_SUBJECT_CLIENT_IF_ANY) {
        return;
    }
    if (layout->revision) {
        put(frame, AT_REVISION, (uint32_t)message->revision);
    }
    if (layout->target != DISTRO_AIM_NONE) {
        g_assert_true(message->target != DISTRO_NONE || layout->target == DISTRO_AIM_IF_ANY);
        put(frame, AT_TARGET, message->target);
    }
    if (layout->content) {
        put_content(frame, &message->content);
    } else if (layout->check_list != NULL) {
        put_list(frame, message);
    }
}

static void put_kind(DistroFrame *frame, const DistroOpInfo *info, const DistroMessage *message)
{
    const uint16_t code = message->answer ? (uint16_t)message->status : 0;
    g_assert_cmpuint(message->op, <=, UINT8_MAX);
    frame->head[AT_OP] = (uint8_t)message->op;
    frame->head[AT_ANSWER] =
        (uint8_t)((message->answer ? IS_ANSWER : 0) | (info->http ? IS_HTTP : 0) |
                  (message->identified ? IS_IDENTIFIED : 0));
    memcpy(frame->head + AT_STATUS, &code, sizeof code);
}

void distro_wire_write(const DistroDictionary *dictionary, const DistroMessage *message,
                       DistroFrame *frame)
{
    const DistroOpInfo *info = distro_op_of(message);
    *frame = (DistroFrame) { .body = NULL };
    put_kind(frame, info, message);
    if (message->op == DISTRO_OP_FORWARD) {
        put_forward(frame, dictionary, message);
    } else {
        put_words(frame, layout_of(info, message), message);
    }
    /* Finds the client and the target, and so asserts that they are the dictionary's. */
    const size_t size = info->put(NULL, dictionary, message);
    g_assert_cmpuint(size, <=, UINT32_MAX);
    frame->json_size = (uint32_t)size;
}

DistroFrame distro_wire_encode(const DistroDictionary *dictionary, const DistroMessage *message)
{
    DistroFrame frame;

    distro_wire_write(dictionary, message, &frame);
    return frame;
}

DistroFrame distro_wire_answer(const DistroFrame *request, DistroStatus status)
{
    const DistroMessage answer = { .op = distro_wire_op(request),
                                   .http = distro_wire_is_http(request),
                                   .answer = true,
                                   .status = status };
    return distro_wire_encode(NULL, &answer); /* no names in it: needs no dictionary */
}

/* ---- decoding ---- */

/* What is read, and how far numbers go. */
typedef struct Reader {
    const DistroDictionary *dictionary;
    DistroDictionaryCounts counts;
    const DistroFrame *frame;
} Reader;

static size_t body_size(const DistroFrame *frame)
{
    return frame->body == NULL ? 0 : g_bytes_get_size(frame->body);
}

static DistroWireError check_size(const DistroFrame *frame, size_t announced)
{
    const size_t size = body_size(frame);
    return size < announced   ? DISTRO_WIRE_SHORT
           : size > announced ? DISTRO_WIRE_LONG
                              : DISTRO_WIRE_OK;
}

static DistroWireError get_content(const Reader *reader, DistroContent *content)
{
    const DistroFrame *frame = reader->frame;
    const uint32_t word = get(frame, AT_BODY);
    content->count = get(frame, AT_COUNT);
    if (content->count <= 1) {
        content->only = word;
        if (content->count == 0) {
            return word == 0 ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
        }
        return word == 0 || word > reader->counts.publications ? DISTRO_WIRE_UNKNOWN_NUMBER
                                                               : DISTRO_WIRE_OK;
    }

    if (word != (uint64_t)content->count * WORD) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    const DistroWireError error = check_size(frame, word);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    const DistroPublication *items = g_bytes_get_data(frame->body, NULL);
    if ((uintptr_t)items % WORD != 0) { /* a content is read as an array, and ours never is so */
        return DISTRO_WIRE_BAD_RANGE;
    }
    content->many = frame->body;
    return distro_content_check(reader->dictionary, items, content->count);
}

static DistroWireError get_list(const Reader *reader, const DistroLayout *layout,
                                DistroMessage *message)
{
    const size_t size = get(reader->frame, AT_BODY);
    const DistroWireError error = check_size(reader->frame, size);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    message->list_count = get(reader->frame, AT_COUNT);
    message->list = size == 0 ? NULL : reader->frame->body;
    return layout->check_list(reader->dictionary, message->list, message->list_count);
}

static DistroWireError get_write(const Reader *reader, DistroWrite *write)
{
    const DistroDictionaryCounts *counts = &reader->counts;
    const uint32_t kind = get(reader->frame, AT_KIND);
    write->client = get(reader->frame, AT_SUBJECT);
    write->service = get(reader->frame, AT_SERVICE);
    write->publication = get(reader->frame, AT_PUBLICATION);
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
        distro_dictionary_publication_info(reader->dictionary, write->publication);
    return info->batch || info->service != write->service ? DISTRO_WIRE_BAD_RANGE : DISTRO_WIRE_OK;
}

/* FORWARD: of an answer, only what was asked. */
static DistroWireError get_forward(const Reader *reader, DistroMessage *message)
{
    if (!message->answer) {
        return get(reader->frame, AT_TARGET) == 0 ? get_write(reader, &message->write)
                                                  : DISTRO_WIRE_BAD_RANGE;
    }
    const uint32_t kind = get(reader->frame, AT_KIND);
    const bool alone = get(reader->frame, AT_SUBJECT) == 0 && get(reader->frame, AT_SERVICE) == 0 &&
                       get(reader->frame, AT_PUBLICATION) == 0 &&
                       get(reader->frame, AT_TARGET) == 0;
    message->write.kind = (DistroWriteKind)kind;
    return alone && kind <= DISTRO_WRITE_LIGHT_BEAT ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
}

/* Whatever the message has no use for is zero. */
static bool unused_words_are_zero(const DistroFrame *frame, const DistroLayout *layout)
{
    const bool body = layout->content || layout->check_list != NULL;
    return (layout->subject != DISTRO_SUBJECT_NONE || get(frame, AT_SUBJECT) == 0) &&
           (layout->revision || get(frame, AT_REVISION) == 0) &&
           (body || (get(frame, AT_COUNT) == 0 && get(frame, AT_BODY) == 0)) &&
           (layout->target != DISTRO_AIM_NONE || get(frame, AT_TARGET) == 0);
}

static DistroWireError get_subject(const Reader *reader, DistroSubject kind, DistroMessage *message)
{
    const uint32_t subject = get(reader->frame, AT_SUBJECT);
    uint32_t limit = reader->counts.clients;
    switch (kind) {
    case DISTRO_SUBJECT_NONE:
        return DISTRO_WIRE_OK;
    case DISTRO_SUBJECT_CLIENT:
    case DISTRO_SUBJECT_CLIENT_IF_ANY:
        message->client = subject;
        break;
    case DISTRO_SUBJECT_SERVICE:
        message->service = subject;
        limit = reader->counts.services;
        break;
    case DISTRO_SUBJECT_NAMESPACE:
        message->namespace_id = subject;
        limit = reader->counts.names;
        break;
    }
    const bool known = subject != DISTRO_NONE || kind == DISTRO_SUBJECT_CLIENT_IF_ANY;
    return known && subject <= limit ? DISTRO_WIRE_OK : DISTRO_WIRE_UNKNOWN_NUMBER;
}

static DistroWireError get_target(const Reader *reader, DistroAim aim, DistroMessage *message)
{
    message->target = get(reader->frame, AT_TARGET);
    const bool known = message->target != DISTRO_NONE || aim != DISTRO_AIM_NAMED;
    return known && message->target <= reader->counts.names ? DISTRO_WIRE_OK
                                                            : DISTRO_WIRE_UNKNOWN_NUMBER;
}

/* An answer about no client says nothing. */
static bool is_silent(const DistroFrame *frame)
{
    return get(frame, AT_REVISION) == 0 && get(frame, AT_COUNT) == 0 && get(frame, AT_BODY) == 0 &&
           get(frame, AT_TARGET) == 0;
}

static DistroWireError get_words(const Reader *reader, const DistroLayout *layout,
                                 DistroMessage *message)
{
    DistroWireError error = get_subject(reader, layout->subject, message);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    if (layout->subject == DISTRO_SUBJECT_CLIENT_IF_ANY && message->client == DISTRO_NONE &&
        !is_silent(reader->frame)) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    message->revision = (int32_t)get(reader->frame, AT_REVISION);
    error = get_target(reader, layout->target, message);
    if (error == DISTRO_WIRE_OK && layout->content) {
        error = get_content(reader, &message->content);
    } else if (error == DISTRO_WIRE_OK && layout->check_list != NULL) {
        error = get_list(reader, layout, message);
    }
    return error;
}

static DistroWireError get_kind(const DistroFrame *frame, DistroMessage *message,
                                const DistroOpInfo **info)
{
    uint16_t code;
    memcpy(&code, frame->head + AT_STATUS, sizeof code);
    if (frame->head[AT_ANSWER] > (IS_ANSWER | IS_HTTP | IS_IDENTIFIED)) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    message->op = distro_wire_op(frame);
    message->answer = distro_wire_is_answer(frame);
    message->http = distro_wire_is_http(frame);
    message->identified = (frame->head[AT_ANSWER] & IS_IDENTIFIED) != 0;
    message->status = (DistroStatus)code;
    *info = distro_op_find(message->op, message->http);
    if (*info == NULL) {
        return DISTRO_WIRE_UNKNOWN_OP;
    }
    const bool sound = message->answer ? distro_is_status(code) : code == 0;
    return sound ? DISTRO_WIRE_OK : DISTRO_WIRE_UNKNOWN_STATUS;
}

DistroWireError distro_wire_decode(const DistroDictionary *dictionary, const DistroFrame *frame,
                                   DistroMessage *message)
{
    const DistroOpInfo *info;
    *message = (DistroMessage) { 0 };
    const DistroWireError error = get_kind(frame, message, &info);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    const Reader reader = { dictionary, distro_dictionary_counts(dictionary), frame };
    const DistroLayout *layout = layout_of(info, message);
    const bool many = layout->content && get(frame, AT_COUNT) > 1;
    if (!many && layout->check_list == NULL && body_size(frame) > 0) {
        return DISTRO_WIRE_LONG;
    }
    if (message->op == DISTRO_OP_FORWARD) {
        return get_forward(&reader, message);
    }
    return unused_words_are_zero(frame, layout) ? get_words(&reader, layout, message)
                                                : DISTRO_WIRE_BAD_RANGE;
}
