/* tests/distrod/fuzz/json.c -- JSON: what is read and written again is read as the same. */
#include "tests/distrod/fuzz/fuzz.h"

#include "tools/distrod/wire/json.h"

#include <string.h>

void fuzz_one(const uint8_t *bytes, size_t size)
{
    g_autoptr(DistroJson) json = distro_json_parse((const char *)bytes, size, NULL);
    if (json == NULL) {
        return;
    }
    GString *once = g_string_new(NULL), *twice = g_string_new(NULL);
    const DistroJsonValue *root = distro_json_root(json);
    reg_json_put_value(once, json, root);
    g_autoptr(DistroJson) again = distro_json_parse(once->str, once->len, NULL);
    g_assert_nonnull(again);
    reg_json_put_value(twice, again, distro_json_root(again));
    g_assert_cmpstr(once->str, ==, twice->str);
    reg_json_number(json, root, "port", 0);
    reg_json_double(json, root, "weight", 1.0);
    reg_json_bool(json, root, "healthy", true);
    g_string_free(once, true);
    g_string_free(twice, true);
}
