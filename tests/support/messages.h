/* tests/support/messages.h -- one message of every kind, and of every shape that matters. */
#pragma once

#include "core/v1/text.h"
#include "core/v2/text.h"
#include "core/wire.h"
#include "core/wire_json.h"

typedef struct Sample {
    const char *label;
    DistroMessage message;
    bool lossy; /* Nacos's text does not carry all of it (see wire_json.h) */
} Sample;

/* The samples, in a fixed order (transfer full: an array of Sample that clears its messages). They
 * include every operation both ways and every status of every answer. */
GArray *sample_messages(DistroDictionary *dictionary);

/* A service called @name, and one healthy instance of it without metadata, published alone. */
DistroService sample_service(DistroDictionary *dictionary, const char *name);
DistroPublication sample_publication(DistroDictionary *dictionary, const char *name);
/* Adds a client with @content to the list of a SNAPSHOT. */
void sample_element(GByteArray *list, DistroClient client, int32_t revision,
                    const DistroContent *content, int32_t idle_ms);
/* A SNAPSHOT answer with @list (transfer full), of @count such elements. */
DistroFrame sample_snapshot(const DistroDictionary *dictionary, GByteArray *list, uint32_t count);
/* A content of @count such publications. */
DistroContent sample_content(DistroDictionary *dictionary, unsigned count);
