/* tools/distrosim/command/sdks.c -- distrosim sdks: releases of the Java SDK.
 *
 * All of them, every property of one, or what two differ in and why. */
#include <stdio.h>

#include "sim/client/sdk.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"

static const char *const kinds[] = {
    [SIM_CLIENT_GRPC] = "nacos-client-2", [SIM_CLIENT_HTTP] = "nacos-client-1"
};

static char *value_text(const SimSdk *sdk, size_t property)
{
    uint32_t value = sim_sdk_value(sdk, property);
    if (sim_sdk_property(property)->number) {
        return g_strdup_printf("%u", value);
    }
    return g_strdup(value != 0 ? "true" : "false");
}

static void list_releases(void)
{
    size_t count;
    const SimSdkRelease *releases = sim_sdk_releases(&count);
    for (size_t i = 0; i < count; i++) {
        printf("%-8s %-14s %s\n", releases[i].name, kinds[releases[i].kind], releases[i].about);
        for (size_t j = 0; j < releases[i].count; j++) {
            const SimSdkOverride *override = &releases[i].overrides[j];
            printf("%-8s %-17s %s\n", "", override->property, override->origin);
        }
    }
}

/* Why a property is what it is in @release: the row that says so, or the newest. */
static void print_origin(const SimSdkRelease *release, const SimSdkProperty *property)
{
    const SimSdkRelease *from = NULL;
    const SimSdkOverride *override = sim_sdk_override(release, property->name, &from);
    printf("%s", override != NULL ? override->origin : property->origin);
    if (override != NULL && from != release) {
        printf(" (as %s)", from->name);
    }
}

static void print_properties(const SimSdkRelease *release)
{
    const SimSdk sdk = sim_sdk_of(release);
    for (size_t i = 0; i < sim_sdk_property_count(); i++) {
        g_autofree char *value = value_text(&sdk, i);
        printf("%-18s %-6s ", sim_sdk_property(i)->name, value);
        print_origin(release, sim_sdk_property(i));
        printf("\n");
    }
}

static void print_side(const SimSdkRelease *release, const SimSdk *sdk, size_t property)
{
    g_autofree char *value = value_text(sdk, property);
    printf("  %-7s %-6s ", release->name, value);
    print_origin(release, sim_sdk_property(property));
    printf("\n");
}

static void print_difference(const SimSdkRelease *left, const SimSdkRelease *right)
{
    const SimSdk a = sim_sdk_of(left), b = sim_sdk_of(right);
    size_t differing = 0;
    if (left->kind != right->kind) {
        printf("%s is a %s, %s a %s\n", left->name, kinds[left->kind], right->name,
               kinds[right->kind]);
        differing++;
    }
    for (size_t i = 0; i < sim_sdk_property_count(); i++) {
        if (sim_sdk_value(&a, i) == sim_sdk_value(&b, i)) {
            continue;
        }
        printf("%s\n", sim_sdk_property(i)->name);
        print_side(left, &a, i);
        print_side(right, &b, i);
        differing++;
    }
    if (differing == 0) {
        printf("%s and %s behave alike\n", left->name, right->name);
    }
}

static ExitStatus sdks_command(const Arguments *arguments)
{
    const SimSdkRelease *chosen[2] = { NULL, NULL };
    for (guint i = 0; i < arguments->operands->len; i++) {
        const char *name = g_ptr_array_index(arguments->operands, i);
        chosen[i] = sim_sdk_find(name);
        if (chosen[i] == NULL) {
            complain("there is no SDK '%s'; distrosim sdks lists them", name);
            return STATUS_USAGE;
        }
    }
    if (chosen[1] != NULL) {
        print_difference(chosen[0], chosen[1]);
    } else if (chosen[0] != NULL) {
        print_properties(chosen[0]);
    } else {
        list_releases();
    }
    return STATUS_HELD;
}

const Command command_sdks = {
    .name = "sdks",
    .operands = "[RELEASE [OTHER]]",
    .about = "list the releases of the Java SDK, how one behaves, or what two differ in",
    .more =
        "A scenario chooses one with sdk = \"RELEASE\" of w:client or w:fleet, or for all with\n"
        "clients = \"RELEASE\" in its topology. Any release from 1.1.0 on will do: it acts as the\n"
        "newest of these that is not newer, and \"2.0\" stands for the last of that line.\n",
    .high = 2,
    .run = sdks_command,
};
