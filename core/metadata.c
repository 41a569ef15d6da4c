/* core/metadata.c -- see metadata.h. */
#include "core/metadata.h"

#include <string.h>

#define LONGEST_MS ((int64_t)1 << 50) /* so that microseconds fit */

const DistroExtEntry *distro_metadata_find(const DistroDictionary *dictionary, DistroExt ext,
                                           const char *key)
{
    g_assert(key != NULL && *key != '\0');
    if (ext == 0) {
        return NULL; /* nearly all instances */
    }
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].key, key) == 0) {
            return &entries[i];
        }
    }
    return NULL;
}

int64_t distro_metadata_duration(const DistroDictionary *dictionary, DistroExt ext, const char *key,
                                 int64_t fallback_us)
{
    const DistroExtEntry *entry = distro_metadata_find(dictionary, ext, key);
    gint64 value = 0;
    if (entry == NULL) {
        return fallback_us;
    }
    if (entry->kind == DISTRO_VALUE_INT || entry->kind == DISTRO_VALUE_LONG) {
        value = entry->integer;
    } else if (entry->kind != DISTRO_VALUE_STRING ||
               !g_ascii_string_to_signed(entry->text, 10, INT64_MIN, INT64_MAX, &value, NULL)) {
        return fallback_us;
    }
    return CLAMP(value, -LONGEST_MS, LONGEST_MS) * 1000;
}
