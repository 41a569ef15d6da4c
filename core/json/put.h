/* core/json/put.h -- names of a dictionary as pieces of a text. A sink that counts takes the sizes
 * that the dictionary keeps. */
#pragma once

#include "core/dictionary.h"
#include "core/text/sink.h"

/* As it stands in a JSON string, without the quotes. */
DISTRO_PUTS void distro_put_name(DistroSink *sink, const DistroDictionary *dictionary,
                                 DistroName name)
{
    const DistroTextSizes *sizes = distro_dictionary_name_sizes(dictionary, name);
    if (sink->text == NULL && sink->escape == DISTRO_ESCAPE_NONE) {
        sink->size += sizes->json - DISTRO_TEXT_LENGTH("\"\"");
        return;
    }
    distro_put_sized_json(sink, distro_dictionary_text(dictionary, name), sizes);
}

DISTRO_PUTS void distro_put_quoted_name(DistroSink *sink, const DistroDictionary *dictionary,
                                        DistroName name)
{
    DISTRO_PUT(sink, "\"");
    distro_put_name(sink, dictionary, name);
    DISTRO_PUT(sink, "\"");
}

/* As a form parameter. */
DISTRO_PUTS void distro_put_url_name(DistroSink *sink, const DistroDictionary *dictionary,
                                     DistroName name)
{
    const DistroTextSizes *sizes = distro_dictionary_name_sizes(dictionary, name);
    sink->size += sizes->url;
    if (sink->text != NULL) {
        distro_text_append_url(sink->text, distro_dictionary_text(dictionary, name), sizes->text);
    }
}

/* A client's id as a JSON string. */
DISTRO_PUTS void distro_put_quoted_id(DistroSink *sink, const DistroClientInfo *client)
{
    if (sink->text == NULL) {
        sink->size += client->id_json_size;
        return;
    }
    DISTRO_PUT(sink, "\"");
    distro_put_json(sink, client->id);
    DISTRO_PUT(sink, "\"");
}

/* "group@@name", as it stands in a JSON string. */
DISTRO_PUTS void distro_put_service_name(DistroSink *sink, const DistroDictionary *dictionary,
                                         const DistroServiceInfo *service)
{
    distro_put_name(sink, dictionary, service->group);
    DISTRO_PUT(sink, "@@");
    distro_put_name(sink, dictionary, service->name);
}
