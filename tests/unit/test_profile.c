/* tests/unit/test_profile.c -- the releases as data: lineage, values, what a release reads. */
#include "core/profile.h"

#include <string.h>

#include <glib.h>

#include "tests/support/check.h"

static int64_t value_in(const char *profile, const char *property)
{
    const DistroConfig config = distro_profile_config(distro_profile_find(profile));
    return distro_config_get(&config, distro_config_find(property));
}

static void every_profile_is_found_by_its_name(void)
{
    size_t count;
    const DistroProfile *profiles = distro_profiles(&count);

    for (size_t i = 0; i < count; i++) {
        check_true(distro_profile_find(profiles[i].name) == &profiles[i]);
        check_true(profiles[i].about[0] != '\0');
    }
    check_true(distro_profile_find("nacos-0.1") == NULL);
    check_true(distro_profile_find(NULL) == NULL);
}

static void every_lineage_ends_at_the_newest_release(void)
{
    size_t count;
    const DistroProfile *profiles = distro_profiles(&count);

    for (size_t i = 0; i < count; i++) {
        const DistroProfile *profile = &profiles[i];
        size_t steps = 0;
        while (profile->parent != NULL && steps++ < count) {
            profile = distro_profile_find(profile->parent);
            check_true(profile != NULL);
        }
        check_str(profile->name, ==, "nacos-3.0");
    }
}

static void every_override_names_a_setting_a_value_of_its_range_and_why(void)
{
    size_t count;
    const DistroProfile *profiles = distro_profiles(&count);

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < profiles[i].count; j++) {
            const DistroOverride *row = &profiles[i].overrides[j];
            const DistroSetting *setting = distro_config_find(row->property);
            check_true(setting != NULL);
            check_true(setting != NULL && distro_setting_allows(setting, row->value));
            check_true(row->origin[0] != '\0');
            for (size_t k = 0; k < j; k++) {
                check_true(strcmp(profiles[i].overrides[k].property, row->property) != 0);
            }
        }
    }
}

/* A row that says what the parent says would tell of a difference that there is not. */
static void every_override_changes_something(void)
{
    size_t count;
    const DistroProfile *profiles = distro_profiles(&count);

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < profiles[i].count; j++) {
            const DistroOverride *row = &profiles[i].overrides[j];
            const DistroProfile *parent = distro_profile_find(profiles[i].parent);
            const DistroSetting *setting = distro_config_find(row->property);
            const DistroOverride *inherited = distro_profile_override(parent, setting, NULL);
            check_true(row->value != value_in(parent->name, row->property) || row->fixed ||
                       (inherited != NULL && inherited->fixed));
        }
    }
}

static void the_newest_profile_is_the_default(void)
{
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    const DistroConfig stock = distro_config_default();

    for (size_t i = 0; i < count; i++) {
        check_int(value_in("nacos-3.0", settings[i].property), ==,
                  distro_config_get(&stock, &settings[i]));
    }
}

/* What each release has, as its sources say: milliseconds for durations. */
static void releases_have_the_values_of_their_sources(void)
{
    static const char *const properties[] = {
        "nacos.core.protocol.distro.data.sync.delayMs",
        "nacos.core.protocol.distro.data.sync.retryDelayMs",
        "nacos.core.protocol.distro.data.load.retryDelayMs",
        "nacos.core.protocol.distro.data.load.timeoutMs",
        "nacos.naming.client.expired.time",
        "distrosim.verifyRevision",
        "distrosim.storeRevisionOnApply",
        "distrosim.revisionOnBatch",
        "distrosim.unhealthyReportLoop",
        "distrosim.detectDeadConnections",
    };
    static const struct {
        const char *profile;
        int64_t values[G_N_ELEMENTS(properties)];
    } releases[] = {
        { "nacos-2.0.0", { 2000, 5000, 60000, 3000, 30000, 0, 0, 0, 0, 1 } },
        { "nacos-2.0.3", { 2000, 5000, 60000, 3000, 180000, 0, 0, 0, 0, 1 } },
        { "nacos-2.1.2", { 2000, 5000, 60000, 30000, 180000, 1, 0, 0, 0, 1 } },
        { "nacos-2.2.1", { 1000, 3000, 30000, 30000, 180000, 1, 0, 0, 0, 0 } },
        { "nacos-2.3", { 1000, 3000, 30000, 30000, 180000, 1, 1, 1, 1, 1 } },
        { "nacos-3.0", { 1000, 3000, 30000, 30000, 180000, 1, 1, 1, 1, 1 } },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(releases); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(properties); j++) {
            const bool counts_ms =
                distro_config_find(properties[j])->kind == DISTRO_SETTING_DURATION;
            check_int(value_in(releases[i].profile, properties[j]), ==,
                      releases[i].values[j] * (counts_ms ? 1000 : 1));
        }
    }
}

/* nacos#9379: what an operator wrote there changed nothing. */
static void what_a_release_does_not_read_cannot_be_set(void)
{
    const DistroSetting *timeout =
        distro_config_find("nacos.core.protocol.distro.data.sync.timeoutMs");
    const DistroSetting *delay = distro_config_find("nacos.core.protocol.distro.data.sync.delayMs");

    check_true(!distro_profile_reads(distro_profile_find("nacos-2.0.3"), timeout));
    check_true(distro_profile_reads(distro_profile_find("nacos-2.1.2"), timeout));
    check_true(!distro_profile_reads(distro_profile_find("nacos-2.1.2"), delay));
    check_true(distro_profile_reads(distro_profile_find("nacos-2.2.1"), delay));
}

static void an_override_is_the_nearest_ancestors(void)
{
    const DistroProfile *from = NULL;
    const DistroSetting *setting = distro_config_find("distrosim.revisionOnBatch");
    const DistroOverride *row =
        distro_profile_override(distro_profile_find("nacos-2.0.0"), setting, &from);

    check_true(row != NULL);
    check_true(from != NULL);
    check_str(from->name, ==, "nacos-2.2.1");
    check_true(distro_profile_override(distro_profile_find("nacos-3.0"), setting, NULL) == NULL);
}

int main(void)
{
    static const Test tests[] = {
        { "every profile is found by its name", every_profile_is_found_by_its_name },
        { "every lineage ends at the newest release", every_lineage_ends_at_the_newest_release },
        { "every override names a setting, a value of its range, and why",
          every_override_names_a_setting_a_value_of_its_range_and_why },
        { "every override changes something", every_override_changes_something },
        { "the newest profile is the default", the_newest_profile_is_the_default },
        { "releases have the values of their sources", releases_have_the_values_of_their_sources },
        { "what a release does not read cannot be set",
          what_a_release_does_not_read_cannot_be_set },
        { "an override is the nearest ancestor's", an_override_is_the_nearest_ancestors },
        { 0 },
    };
    return run_tests("profile", tests);
}
