/* tools/distrosim/command/profiles.c -- distrosim profiles: the Nacos behaviours.
 *
 * All of them, every setting of one, or what two differ in and why. */
#include <stdio.h>
#include <string.h>

#include "core/profile.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/request.h"
#include "tools/distrosim/command/table.h"

static char *value_text(const DistroConfig *config, const DistroSetting *setting)
{
    int64_t value = distro_config_get(config, setting);
    if (setting->kind == DISTRO_SETTING_BOOL) {
        return g_strdup(value != 0 ? "true" : "false");
    }
    if (setting->kind == DISTRO_SETTING_DURATION) {
        return g_strdup_printf("%" G_GINT64_FORMAT "ms", value / 1000);
    }
    if (setting->kind == DISTRO_SETTING_RATIO) {
        return g_strdup_printf("%g%%", (double)value / 1e4);
    }
    return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

static void list_profiles(void)
{
    size_t count;
    const DistroProfile *profiles = distro_profiles(&count);
    for (size_t i = 0; i < count; i++) {
        printf("%-12s %s\n", profiles[i].name, profiles[i].about);
        if (profiles[i].parent == NULL) {
            printf("%-12s the values that every other one starts from\n", "");
        } else if (profiles[i].count == 0) {
            printf("%-12s as %s\n", "", profiles[i].parent);
        } else {
            printf("%-12s as %s but for %zu setting%s\n", "", profiles[i].parent, profiles[i].count,
                   profiles[i].count == 1 ? "" : "s");
        }
    }
}

/* Why @setting is what it is in @profile: the row that says so, or the table of settings. */
static void print_origin(const DistroProfile *profile, const DistroSetting *setting)
{
    const DistroProfile *from = NULL;
    const DistroOverride *override = distro_profile_override(profile, setting, &from);
    printf("%s", override != NULL ? override->origin : setting->origin);
    if (override != NULL && override->fixed) {
        printf("; cannot be set");
    }
    if (override != NULL && from != profile) {
        printf(" (as %s)", from->name);
    }
}

/* What a topology's `settings` takes, with the values that this profile gives it. */
static void print_settings(const DistroProfile *profile)
{
    const DistroConfig config = distro_profile_config(profile);
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *value = value_text(&config, &settings[i]);
        printf("%-60s %s   ", settings[i].property, value);
        print_origin(profile, &settings[i]);
        printf("\n");
    }
}

static void print_difference(const DistroProfile *left, const DistroProfile *right)
{
    const DistroConfig a = distro_profile_config(left), b = distro_profile_config(right);
    size_t count, differing = 0;
    const DistroSetting *settings = distro_config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        const DistroSetting *setting = &settings[i];
        if (distro_config_get(&a, setting) == distro_config_get(&b, setting) &&
            distro_profile_reads(left, setting) == distro_profile_reads(right, setting)) {
            continue;
        }
        g_autofree char *left_value = value_text(&a, setting);
        g_autofree char *right_value = value_text(&b, setting);
        printf("%s\n  %-12s %-10s ", setting->property, left->name, left_value);
        print_origin(left, setting);
        printf("\n  %-12s %-10s ", right->name, right_value);
        print_origin(right, setting);
        printf("\n");
        differing++;
    }
    if (differing == 0) {
        printf("%s and %s behave alike\n", left->name, right->name);
    }
}

static const DistroProfile *find_operand(const Arguments *arguments, guint index)
{
    g_autoptr(GError) error = NULL;
    const char *name = g_ptr_array_index(arguments->operands, index);
    if (!request_profile_exists(name, &error)) {
        complain("%s; distrosim profiles lists them", error->message);
    }
    return distro_profile_find(name);
}

static ExitStatus profiles_command(const Arguments *arguments)
{
    const DistroProfile *chosen[2] = { NULL, NULL };
    for (guint i = 0; i < arguments->operands->len; i++) {
        chosen[i] = find_operand(arguments, i);
        if (chosen[i] == NULL) {
            return STATUS_USAGE;
        }
    }
    if (chosen[1] != NULL) {
        print_difference(chosen[0], chosen[1]);
    } else if (chosen[0] != NULL) {
        print_settings(chosen[0]);
    } else {
        list_profiles();
    }
    return STATUS_HELD;
}

const Command command_profiles = {
    .name = "profiles",
    .operands = "[NAME [OTHER]]",
    .about = "list the Nacos behaviours, all settings of one, or what two differ in",
    .more =
        "A scenario chooses one with profile = \"NAME\" in its topology, or --profile NAME does;\n"
        "each setting can be overridden there under settings = { [\"PROPERTY\"] = value }, unless\n"
        "it says \"cannot be set\": that release did not read the property.\n",
    .offer = OFFER_PROFILE,
    .high = 2,
    .run = profiles_command,
};
