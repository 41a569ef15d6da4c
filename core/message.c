/* core/message.c -- see message.h. */
#include "core/message.h"

bool distro_is_status(uint32_t code)
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

void distro_message_take_list(DistroMessage *message, GByteArray *list, uint32_t count)
{
    g_assert((list->len == 0) == (count == 0));
    message->list_count = count;
    if (list->len == 0) {
        g_byte_array_unref(list);
        message->list = NULL;
        return;
    }
    message->list = g_byte_array_free_to_bytes(list);
}

void distro_message_clear(DistroMessage *message)
{
    distro_content_clear(&message->content);
    g_clear_pointer(&message->list, g_bytes_unref);
    message->list_count = 0;
}

const void *distro_list_step(GBytes *list, size_t *offset, size_t size)
{
    g_assert_cmpuint(size, >, 0);
    gsize total = 0;
    const uint8_t *data = list == NULL ? NULL : g_bytes_get_data(list, &total);
    if (*offset >= total) {
        return NULL;
    }
    g_assert_cmpuint(total - *offset, >=, size);
    const void *here = data + *offset;
    *offset += size;
    return here;
}

/* --- from elsewhere ----------------------------------------------------------------------- */

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

DistroWireError distro_content_check(const DistroDictionary *dictionary,
                                     const DistroPublication *items, uint32_t count)
{
    const uint32_t publications = distro_dictionary_counts(dictionary).publications;
    DistroService before = DISTRO_NONE;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i] == DISTRO_NONE || items[i] > publications) {
            return DISTRO_WIRE_UNKNOWN_NUMBER;
        }
        const DistroService service =
            distro_dictionary_publication_info(dictionary, items[i])->service;
        if (service <= before) {
            return DISTRO_WIRE_BAD_ORDER;
        }
        before = service;
    }
    return DISTRO_WIRE_OK;
}
