/* core/text/sink.c -- see sink.h. */
#include "core/text/sink.h"

#include "core/java.h"

void distro_put_escaped(DistroSink *sink, const char *text, size_t size)
{
    const bool url = sink->escape == DISTRO_ESCAPE_URL;
    sink->size += url ? distro_text_url_size(text, size) : distro_text_json_size(text, size);
    if (sink->text == NULL) {
        return;
    }
    if (url) {
        distro_text_append_url(sink->text, text, size);
    } else {
        distro_text_append_json(sink->text, text, size);
    }
}

void distro_put_double(DistroSink *sink, double value)
{
    char text[DISTRO_JAVA_DOUBLE_SIZE];
    const size_t size = distro_java_double_text(value, text);
    distro_put_n(sink, text, size);
}

void distro_put_json_n(DistroSink *sink, const char *text, size_t size)
{
    if (sink->escape == DISTRO_ESCAPE_NONE) {
        sink->size += distro_text_json_size(text, size);
        if (sink->text != NULL) {
            distro_text_append_json(sink->text, text, size);
        }
        return;
    }
    GString *once = g_string_new(NULL);
    distro_text_append_json(once, text, size);
    distro_put_escaped(sink, once->str, once->len);
    g_string_free(once, true);
}

void distro_put_json(DistroSink *sink, const char *text)
{
    distro_put_json_n(sink, text, strlen(text));
}
