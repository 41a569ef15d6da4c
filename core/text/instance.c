/* core/text/instance.c -- see instance.h. */
#include "core/text/instance.h"

#include <math.h>

static void put_string(DistroSink *sink, const char *text)
{
    DISTRO_PUT(sink, "\"");
    distro_put_json(sink, text);
    DISTRO_PUT(sink, "\"");
}

/* Jackson quotes "NaN" and its kin. */
static void put_double(DistroSink *sink, double value)
{
    if (isfinite(value)) {
        distro_put_double(sink, value);
        return;
    }
    DISTRO_PUT(sink, "\"");
    distro_put_double(sink, value);
    DISTRO_PUT(sink, "\"");
}

static void put_value(DistroSink *sink, const DistroExtEntry *entry)
{
    switch (entry->kind) {
    case DISTRO_VALUE_NULL:
        DISTRO_PUT(sink, "null");
        return;
    case DISTRO_VALUE_STRING:
        put_string(sink, entry->text);
        return;
    case DISTRO_VALUE_BOOL:
        distro_put_bool(sink, entry->boolean);
        return;
    case DISTRO_VALUE_INT:
    case DISTRO_VALUE_LONG:
        distro_put_whole(sink, entry->integer);
        return;
    case DISTRO_VALUE_DOUBLE:
        put_double(sink, entry->number);
        return;
    }
}

/* A null is left out (Jackson's NON_NULL). */
static void put_entries(DistroSink *sink, const DistroExtEntry *entries, size_t count)
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DISTRO_VALUE_NULL) {
            continue;
        }
        if (!first) {
            DISTRO_PUT(sink, ",");
        }
        put_string(sink, entries[i].key);
        DISTRO_PUT(sink, ":");
        put_value(sink, &entries[i]);
        first = false;
    }
}

void distro_put_instance(DistroSink *sink, const DistroInstanceText *instance, bool heartbeat)
{
    DISTRO_PUT(sink, "{\"ip\":");
    put_string(sink, instance->ip);
    DISTRO_PUT(sink, ",\"port\":");
    distro_put_whole(sink, instance->port);
    DISTRO_PUT(sink, ",\"healthy\":");
    distro_put_bool(sink, instance->healthy);
    if (instance->cluster != NULL) {
        DISTRO_PUT(sink, ",\"cluster\":");
        put_string(sink, instance->cluster);
    }
    DISTRO_PUT(sink, ",\"extendDatum\":{");
    put_entries(sink, instance->entries, instance->entry_count);
    DISTRO_PUT(sink, "}");
    if (heartbeat) {
        DISTRO_PUT(sink, DISTRO_HEARTBEAT_TEXT);
    }
    DISTRO_PUT(sink, ",\"metadataId\":\"");
    distro_put_json(sink, instance->ip);
    DISTRO_PUT(sink, ":");
    distro_put_whole(sink, instance->port);
    DISTRO_PUT(sink, ":");
    distro_put_json(sink, instance->cluster != NULL ? instance->cluster : "null");
    DISTRO_PUT(sink, "\"}");
}
