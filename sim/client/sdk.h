/* sim/client/sdk.h -- releases of the Java SDK, as far as they behave differently, as data.
 *
 * A release is a row of overrides over the next newer one that differs, each with the class and the
 * issue that it comes from, so a change is told once, at the last release without it:
 *
 *      3.0.0 <- 2.4.0 <- 2.3.0 <- 2.2.1 <- ... <- 2.0.0        gRPC
 *      1.2.0 <- 1.1.4 <- 1.1.0                                 HTTP */
#pragma once

#include "sim/base/types.h"

typedef struct SimSdk {
    const char *release;   /* the row that it acts as; static */
    int64_t keep_alive_us; /* 1.x: an idle HTTP connection is used again for this long; 0: never */
    uint32_t beat_threads; /* 1.x: namingClientBeatThreadCount, by default half the cores */
    uint32_t health_tries; /* 2.x: of one health check, 3 s each */
    bool health_pause;     /* 2.x: a random pause of 0.5 s at most before the first of them */
    bool async_query;      /* 2.x: namingAsyncQuerySubscribeService */
    bool empty_protection; /* namingPushEmptyProtection */
    bool light_beats;      /* 1.x: beats shrink once a server has said that it takes them */
    bool beats_pile_up;    /* 1.x: what is registered twice has two beats */
    bool second_stack_is_deaf; /* 2.x: a stack leaves alone what is in the shared cache already */
    bool redo_task;            /* 2.x: redo every 3 s; else once for each connection, at once */
    bool cache_after_success;  /* 2.x: redo knows only what was acknowledged */
    bool redo_forgets;         /* 2.x: a deregistration ends an entry that was made again since */
    bool keeps_rest_of_batch;  /* 2.x: what is left of a batch is registered again */
} SimSdk;

/* What one release does otherwise than the next row. */
typedef struct SimSdkOverride {
    const char *property; /* SimSdkProperty.name */
    uint32_t value;       /* 0 or 1 for what is true or false */
    const char *origin;   /* a sentence: what is so here, and the class or issue it is from */
} SimSdkOverride;

typedef struct SimSdkRelease {
    const char *name;  /* "2.0.3": the first release that behaves so */
    const char *about; /* one sentence */
    SimClientKind kind;
    const SimSdkOverride *overrides;
    size_t count;
} SimSdkRelease;

typedef struct SimSdkProperty {
    const char *name;
    bool number; /* else true or false */
    const char *origin;
} SimSdkProperty;

/* All rows, oldest first. */
const SimSdkRelease *sim_sdk_releases(size_t *count);
/* The row of @release: "2.0.3", or "2.0" for the last of that line. Any release from 1.1.0 to the
 * newest known; it acts as the newest row that is not newer. NULL: there is none such. */
const SimSdkRelease *sim_sdk_find(const char *release);
/* How @release behaves. */
SimSdk sim_sdk_of(const SimSdkRelease *release);
/* What the SDK does unless told otherwise: the newest release of its kind. */
SimSdk sim_sdk_default(SimClientKind kind);

size_t sim_sdk_property_count(void);
const SimSdkProperty *sim_sdk_property(size_t place);
/* The value of @property (its place) in @sdk. */
uint32_t sim_sdk_value(const SimSdk *sdk, size_t property);
/* The override that decides @property in @release: its own or that of the nearest newer row, which
 * @from (nullable) then names. NULL: the value is that of the newest. */
const SimSdkOverride *sim_sdk_override(const SimSdkRelease *release, const char *property,
                                       const SimSdkRelease **from);
