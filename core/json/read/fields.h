/* core/json/read/fields.h -- members of JSON objects as values of their types. */
#pragma once

#include "core/json/read/parse.h"
#include "core/wire.h"

/* The text of member @key; NULL if it is absent or no string. */
const char *distro_json_read_text(const DistroJson *json, const DistroJsonValue *value,
                                  const char *key);
/* Is member @key the string @expected? */
bool distro_json_is_text(const DistroJson *json, const DistroJsonValue *value, const char *key,
                         const char *expected);
/* Absent and null are 0, Java's default. Nacos casts a revision to Integer and throws if it is
 * anything else, so a wider number is refused here too. */
DistroWireError distro_json_read_i32(const DistroJson *json, const DistroJsonValue *value,
                                     const char *key, int32_t *number);
/* A number with or without a fraction, finite; absent and null leave *@number as it is. */
DistroWireError distro_json_read_double(const DistroJson *json, const DistroJsonValue *value,
                                        const char *key, double *number);
/* Absent and null leave *@flag as it is. */
DistroWireError distro_json_read_bool(const DistroJson *json, const DistroJsonValue *value,
                                      const char *key, bool *flag);
/* resultCode and errorCode of an answer, with its message where those do not decide. */
DistroWireError distro_json_read_status(const DistroJson *json, const DistroJsonValue *root,
                                        DistroStatus *status);

/* Appends the members of @map to @entries (DistroExtEntry), whose texts the document owns; of those
 * with one key the last stays. */
DistroWireError distro_json_read_ext_entries(const DistroJson *json, const DistroJsonValue *map,
                                             GArray *entries);
/* The same for metadata, a map of strings alone (nullable: an empty one), with what
 * ClientOperationService#getPublishInfo adds to it: a weight that is not 1.0, and that an instance
 * is not enabled. */
DistroWireError distro_json_read_metadata(const DistroJson *json, const DistroJsonValue *map,
                                          double weight, bool enabled, GArray *entries);
