/* core/json/read.h -- what the readers of JSON and of HTTP have in common. */
#pragma once

#include "core/json/reader.h"
#include "core/json/text.h"

/* FORWARD: a request line with a form, or an HTTP answer. Enters names only if @dictionary is
 * given. */
DistroWireError distro_json_read_http(DistroDictionary *dictionary, const char *text, size_t size,
                                      DistroMessage *message);

/* The same for what servers of 1.x say to each other. */
DistroWireError distro_json_read_v1(DistroDictionary *dictionary, const char *text, size_t size,
                                    DistroMessage *message);
/* What ClientOperationService#getPublishInfo adds to an instance's metadata. */
void distro_json_add_own_entries(GArray *entries, double weight, bool enabled);

/* Shared with read.c, where each says what it does. */
void distro_json_drop_repeated(GArray *entries);
DistroWireError distro_json_read_ext_entries(const DistroJson *json, const DistroJsonValue *map,
                                             GArray *entries);
DistroWireError distro_json_read_i32(const DistroJson *json, const DistroJsonValue *value,
                                     const char *key, int32_t *number);
DistroWireError distro_json_read_status(const DistroJson *json, const DistroJsonValue *root,
                                        DistroStatus *status);
