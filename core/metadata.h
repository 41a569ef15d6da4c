/* core/metadata.h -- what an instance's own metadata says to the server. */
#pragma once

#include "core/dictionary.h"

/* The entry @key, or NULL. */
const DistroExtEntry *distro_metadata_find(const DistroDictionary *dictionary, DistroExt ext,
                                           const char *key);
/* A preserved.* entry of milliseconds, as text or as a number, in microseconds; what is neither
 * leaves the fallback. */
int64_t distro_metadata_duration(const DistroDictionary *dictionary, DistroExt ext, const char *key,
                                 int64_t fallback_us);
