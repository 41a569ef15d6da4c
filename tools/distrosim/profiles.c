/* tools/distrosim/profiles.c -- distrosim profiles: the Nacos behaviours, and every setting of one.
 */
#include <stdio.h>
#include <string.h>

#include "core/config.h"
#include "sim/script/nearest.h"
#include "tools/distrosim/command.h"
#include "tools/distrosim/complain.h"

static void print_value(const DistroConfig *config, const DistroSetting *setting)
{
    int64_t value = distro_config_get(config, setting);
    if (setting->kind == DISTRO_SETTING_BOOL)
        printf("%s", value != 0 ? "true" : "false");
    else if (setting->kind == DISTRO_SETTING_DURATION)
        printf("%" G_GINT64_FORMAT "ms", value / 1000);
    else
        printf("%" G_GINT64_FORMAT, value);
}

static void list_profiles(void)
{
    size_t count;
    const DistroProfile *profiles = distro_profiles(&count);
    for (size_t i = 0; i < count; i++)
        printf("%-12s %s\n", profiles[i].name, profiles[i].about);
}

static ExitStatus no_such_profile(const char *name)
{
    size_t count;
    const DistroProfile *profiles = distro_profiles(&count);
    g_autofree const char **names = g_new(const char *, count);
    for (size_t i = 0; i < count; i++)
        names[i] = profiles[i].name;
    complain("there is no profile '%s'; did you mean '%s'? distrosim profiles lists them", name,
             sim_nearest_name(name, names, count));
    return STATUS_USAGE;
}

/* What a topology's `settings` takes, with the values that this profile gives it. */
static ExitStatus print_settings(const char *name)
{
    DistroConfig config;
    if (!distro_config_from_profile(name, &config))
        return no_such_profile(name);
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        printf("%-60s ", settings[i].property);
        print_value(&config, &settings[i]);
        printf("   %s\n", settings[i].origin);
    }
    return STATUS_HELD;
}

static ExitStatus profiles_command(const Arguments *arguments)
{
    if (arguments->operands->len > 0)
        return print_settings(g_ptr_array_index(arguments->operands, 0));
    list_profiles();
    return STATUS_HELD;
}

const Command command_profiles = {
    .name = "profiles",
    .operands = "[NAME]",
    .about = "list the Nacos behaviours, or all settings of one",
    .more =
        "A scenario chooses one with profile = \"NAME\" in its topology, or --profile NAME does;\n"
        "each setting can be overridden there under settings = { [\"PROPERTY\"] = value }.\n",
    .high = 1,
    .run = profiles_command,
};
