/* core/profile.h -- how one release of Nacos behaves, as data: what it does otherwise than another.
 *
 * A profile is a row of overrides over a parent, each with where it comes from, so a fix is told
 * once, at the last release that lacks it:
 *
 *      nacos-3.0 (config.c's values) <- nacos-2.3 <- nacos-2.2.1 <- ... <- nacos-2.0.0
 *                 ^-- hardened: every known flaw corrected */
#pragma once

#include "core/config.h"

typedef struct DistroOverride {
    const char *property; /* of the table of settings */
    int64_t value;        /* in the setting's unit: microseconds for a duration */
    const char
        *origin; /* a sentence: what is so here, and the class, issue or section it is from */
    bool fixed;  /* this release does not read the property: setting it changes nothing */
} DistroOverride;

typedef struct DistroProfile {
    const char *name;
    const char *about;  /* one sentence */
    const char *parent; /* the profile that the overrides are over; NULL: config.c's values */
    const DistroOverride *overrides;
    size_t count;
} DistroProfile;

/* All profiles, oldest release first, `hardened` last. */
const DistroProfile *distro_profiles(size_t *count);
const DistroProfile *distro_profile_find(const char *name); /* NULL if there is none */
/* The override that decides @setting in @profile: its own or the nearest ancestor's, which @from
 * (nullable) then names. NULL: the value is config.c's. */
const DistroOverride *distro_profile_override(const DistroProfile *profile,
                                              const DistroSetting *setting,
                                              const DistroProfile **from);
/* The values that @profile gives. */
DistroConfig distro_profile_config(const DistroProfile *profile);
/* Does a value given for @setting take effect in @profile? */
bool distro_profile_reads(const DistroProfile *profile, const DistroSetting *setting);
