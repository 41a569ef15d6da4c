/* core/text/sink.h -- where text goes: it is appended, or only counted.
 *
 * Each text is described once, by functions that put its pieces into a sink. Where only the size is
 * asked for, as it is for every frame, nothing is written: a sink that counts takes sizes that are
 * known already, and what is constant the compiler adds up.
 *
 * While a sink escapes, each piece is escaped on its way: JSON within a form parameter, or within a
 * JSON string, is put as any other JSON. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "core/text/escape.h"

typedef enum DistroEscape {
    DISTRO_ESCAPE_NONE,
    DISTRO_ESCAPE_URL,  /* as a form parameter */
    DISTRO_ESCAPE_JSON, /* as the inside of a JSON string */
} DistroEscape;

typedef struct DistroSink {
    GString *text; /* NULL: count only */
    size_t size;   /* of all that was put */
    DistroEscape escape;
} DistroSink;

/* For texts whose size is asked for again and again: where the sink is known to count, all that is
 * put folds into a sum. */
#define DISTRO_PUTS static inline __attribute__((always_inline))

void distro_put_escaped(DistroSink *sink, const char *text, size_t size);

DISTRO_PUTS void distro_put_n(DistroSink *sink, const char *text, size_t size)
{
    if (sink->escape != DISTRO_ESCAPE_NONE) {
        distro_put_escaped(sink, text, size);
        return;
    }
    sink->size += size;
    if (sink->text != NULL) {
        g_string_append_len(sink->text, text, (gssize)size);
    }
}

#define DISTRO_PUT(sink, literal) distro_put_n(sink, literal, DISTRO_TEXT_LENGTH(literal))

DISTRO_PUTS void distro_put_bool(DistroSink *sink, bool value)
{
    distro_put_n(sink, value ? "true" : "false", value ? 4 : 5);
}

/* No escape changes a number. */
DISTRO_PUTS void distro_put_whole(DistroSink *sink, int64_t value)
{
    sink->size += distro_text_digits(value);
    if (sink->text != NULL) {
        g_string_append_printf(sink->text, "%" G_GINT64_FORMAT, value);
    }
}

/* As Double.toString has it. */
void distro_put_double(DistroSink *sink, double value);

/* The first @size bytes of @text as they stand in a JSON string. */
void distro_put_json_n(DistroSink *sink, const char *text, size_t size);
/* All of it. */
void distro_put_json(DistroSink *sink, const char *text);
/* The same of a text whose sizes are known. */
DISTRO_PUTS void distro_put_sized_json(DistroSink *sink, const char *text,
                                       const DistroTextSizes *sizes)
{
    if (sink->text == NULL && sink->escape == DISTRO_ESCAPE_NONE) {
        sink->size += sizes->json - DISTRO_TEXT_LENGTH("\"\"");
    } else if (sink->text == NULL && sink->escape == DISTRO_ESCAPE_URL) {
        sink->size += sizes->json_url - DISTRO_TEXT_LENGTH("%22%22");
    } else {
        distro_put_json_n(sink, text, sizes->text);
    }
}

/* The first @size bytes of @text as a form parameter. */
DISTRO_PUTS void distro_put_url_n(DistroSink *sink, const char *text, size_t size)
{
    const DistroEscape outer = sink->escape;
    sink->escape = DISTRO_ESCAPE_URL;
    distro_put_escaped(sink, text, size);
    sink->escape = outer;
}

/* A text of its own, counted or written as @outer is. */
DISTRO_PUTS DistroSink distro_sink_nested(const DistroSink *outer)
{
    return (DistroSink) { .text = outer->text != NULL ? g_string_new(NULL) : NULL };
}

/* Puts @nested, which ends with this, into @outer as base64. */
DISTRO_PUTS void distro_put_base64(DistroSink *outer, DistroSink *nested)
{
    outer->size += (nested->size + 2) / 3 * 4;
    if (nested->text != NULL) {
        distro_text_append_base64(outer->text, nested->text);
        g_string_free(nested->text, true);
        nested->text = NULL;
    }
}
