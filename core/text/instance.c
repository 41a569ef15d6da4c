/* core/text/instance.c -- see instance.h. */
#include "core/text/instance.h"

#include <math.h>
#include <string.h>

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

/* As distro_put_instance writes them: a null does not show. */
static bool has_entries(const DistroInstanceText *instance, const char *key)
{
    for (size_t i = 0; i < instance->entry_count; i++) {
        const DistroExtEntry *entry = &instance->entries[i];
        if (entry->kind != DISTRO_VALUE_NULL && (key == NULL || strcmp(entry->key, key) == 0)) {
            return true;
        }
    }
    return false;
}

/* InstanceUtil#setInstanceIdIfEmpty, which InstanceRequestHandler#handle calls. */
void distro_put_instance_id(DistroSink *sink, const DistroInstanceText *instance)
{
    if (has_entries(instance, "customInstanceId")) {
        return;
    }
    if (has_entries(instance, NULL)) {
        DISTRO_PUT(sink, ",");
    }
    DISTRO_PUT(sink, "\"customInstanceId\":\"");
    distro_put_json(sink, instance->ip);
    DISTRO_PUT(sink, "#");
    distro_put_whole(sink, instance->port);
    DISTRO_PUT(sink, "#");
    distro_put_json(sink, instance->cluster != NULL ? instance->cluster : "null");
    DISTRO_PUT(sink, "#");
    distro_put_json(sink, instance->group);
    DISTRO_PUT(sink, "@@");
    distro_put_json(sink, instance->service);
    DISTRO_PUT(sink, "\"");
}

void distro_put_instance(DistroSink *sink, const DistroInstanceText *instance,
                         DistroInstanceForm form)
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
    if (form == DISTRO_INSTANCE_IDENTIFIED) {
        distro_put_instance_id(sink, instance);
    }
    DISTRO_PUT(sink, "}");
    if (form == DISTRO_INSTANCE_HEARTBEAT) {
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
