/* tools/distrod/config/options.c -- flags and files to options. */
#include "tools/distrod/config/options.h"

#include "core/distro.h"
#include "core/profile.h"

#include <string.h>

G_DEFINE_QUARK(reg-option-error-quark, reg_option_error)

#define ENTRY(field, kind, name, value, preset, largest, heading, about)                           \
    {                                                                                              \
        REG_OPTION_##kind,                                                                         \
        offsetof(RegOptions, field),                                                               \
        name,                                                                                      \
        value,                                                                                     \
        preset,                                                                                    \
        largest,                                                                                   \
        heading,                                                                                   \
        about,                                                                                     \
    },
static const RegOption table[] = { REG_OPTION_TABLE(ENTRY) };
#undef ENTRY

const RegOption *reg_option_table(size_t *count)
{
    *count = G_N_ELEMENTS(table);
    return table;
}

/* What was given: by a flag, it is not overwritten by a file. */
typedef struct Reading {
    RegOptions *options;
    bool given[G_N_ELEMENTS(table)];
    GPtrArray *properties; /* "name=value" of the file, before those of --set */
} Reading;

static void set_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void set_error(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, REG_OPTION_ERROR, 0, sentence);
}

/* ---- values ---- */

static void *field_of(RegOptions *options, const RegOption *option)
{
    return (char *)options + option->offset;
}

static bool read_number(const RegOption *option, const char *value, uint64_t *number,
                        GError **error)
{
    guint64 read;
    if (!g_ascii_string_to_unsigned(value, 10, 0, option->largest, &read, NULL)) {
        set_error(error, "--%s: \"%s\" is no number up to %" G_GUINT64_FORMAT, option->name, value,
                  (guint64)option->largest);
        return false;
    }
    *number = read;
    return true;
}

static void append_words(GPtrArray *list, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, ",", -1);
    for (char **word = words; *word != NULL; word++) {
        g_strstrip(*word);
        if (**word != '\0') {
            g_ptr_array_add(list, g_strdup(*word));
        }
    }
}

static bool set_value(RegOptions *options, const RegOption *option, const char *value,
                      GError **error)
{
    void *field = field_of(options, option);
    uint64_t number;
    switch (option->kind) {
    case REG_OPTION_FLAG:
        *(bool *)field = true;
        return true;
    case REG_OPTION_TEXT:
        g_free(*(char **)field);
        *(char **)field = g_strdup(value);
        return true;
    case REG_OPTION_LIST:
        append_words(*(GPtrArray **)field, value);
        return true;
    case REG_OPTION_NUMBER:
        return read_number(option, value, field, error);
    case REG_OPTION_MS:
        if (!read_number(option, value, &number, error)) {
            return false;
        }
        *(int64_t *)field = (int64_t)number * 1000;
        return true;
    }
    return false;
}

static void set_presets(RegOptions *options)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (table[i].kind == REG_OPTION_LIST) {
            *(GPtrArray **)field_of(options, &table[i]) = g_ptr_array_new_with_free_func(g_free);
        }
        if (table[i].preset != NULL) {
            const bool good = set_value(options, &table[i], table[i].preset, NULL);
            g_assert_true(good);
        }
    }
}

static const RegOption *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

/* ---- flags ---- */

/* --name value, --name=value, --name */
static bool read_flag(Reading *reading, char *const **word, GError **error)
{
    const char *flag = **word;
    const char *name = flag + 2, *equals = strchr(flag, '=');
    const RegOption *option =
        g_str_has_prefix(flag, "--")
            ? find_option(name, equals != NULL ? (size_t)(equals - name) : strlen(name))
            : NULL;
    if (option == NULL) {
        set_error(error, "there is no option %s; --help lists those there are", flag);
        return false;
    }
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (option->kind == REG_OPTION_FLAG && value != NULL) {
        set_error(error, "--%s takes no value", option->name);
        return false;
    }
    if (option->kind != REG_OPTION_FLAG && value == NULL) {
        value = *++*word;
        if (value == NULL) {
            set_error(error, "--%s wants %s", option->name, option->value);
            return false;
        }
    }
    reading->given[option - table] = true;
    return set_value(reading->options, option, value, error);
}

static bool read_flags(Reading *reading, char *const *words, GError **error)
{
    for (char *const *word = words; *word != NULL; word++) {
        if (!read_flag(reading, &word, error)) {
            return false;
        }
    }
    return true;
}

/* ---- the file ---- */

static bool read_line(Reading *reading, const char *file, unsigned number, char *line,
                      GError **error)
{
    g_strstrip(line);
    char *equals = strchr(line, '=');
    if (*line == '\0' || *line == '#') {
        return true;
    }
    if (equals == NULL) {
        set_error(error, "%s:%u: \"%s\" is not of the form name = value", file, number, line);
        return false;
    }
    *equals = '\0';
    char *name = g_strstrip(line), *value = g_strstrip(equals + 1);
    const RegOption *option = find_option(name, strlen(name));
    if (option == NULL) {
        g_ptr_array_add(reading->properties, g_strdup_printf("%s=%s", name, value));
        return true;
    }
    if (reading->given[option - table]) {
        return true;
    }
    if (option->kind == REG_OPTION_FLAG || option->offset == offsetof(RegOptions, config)) {
        set_error(error, "%s:%u: %s is a flag, and does not stand in a file", file, number, name);
        return false;
    }
    return set_value(reading->options, option, value, error);
}

static bool read_file(Reading *reading, GError **error)
{
    const char *file = reading->options->config;
    g_autofree char *text = NULL;
    if (file == NULL) {
        return true;
    }
    if (!g_file_get_contents(file, &text, NULL, error)) {
        return false;
    }
    if (!g_utf8_validate(text, -1, NULL)) {
        set_error(error, "%s is not UTF-8", file);
        return false;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i] != NULL; i++) {
        if (!read_line(reading, file, i + 1, lines[i], error)) {
            return false;
        }
    }
    return true;
}

/* ---- the core's properties ---- */

static bool read_setting(const DistroSetting *setting, const char *text, int64_t *value)
{
    gint64 number;
    if (setting->kind == DISTRO_SETTING_BOOL) {
        *value = g_ascii_strcasecmp(text, "true") == 0;
        return *value != 0 || g_ascii_strcasecmp(text, "false") == 0;
    }
    if (!g_ascii_string_to_signed(text, 10, G_MININT64 / 1000, G_MAXINT64 / 1000, &number, NULL)) {
        return false;
    }
    *value = setting->kind == DISTRO_SETTING_DURATION ? number * 1000 : number;
    return true;
}

static bool set_property(RegOptions *options, const char *property, GError **error)
{
    const char *equals = strchr(property, '=');
    g_autofree char *name =
        g_strndup(property, equals != NULL ? (gsize)(equals - property) : strlen(property));
    const DistroSetting *setting = distro_config_find(g_strstrip(name));
    int64_t value;
    if (equals == NULL || setting == NULL) {
        set_error(error, "\"%s\" is no option, nor a property that the core reads", name);
        return false;
    }
    g_autofree char *text = g_strstrip(g_strdup(equals + 1));
    if (!read_setting(setting, text, &value) ||
        !distro_config_set(&options->core, setting, value)) {
        set_error(error, "%s cannot be \"%s\"", name, text);
        return false;
    }
    return true;
}

static bool set_properties(RegOptions *options, const GPtrArray *properties, GError **error)
{
    for (guint i = 0; i < properties->len; i++) {
        if (!set_property(options, properties->pdata[i], error)) {
            return false;
        }
    }
    return true;
}

static bool read_core(Reading *reading, GError **error)
{
    RegOptions *options = reading->options;
    const DistroProfile *profile = distro_profile_find(options->profile);
    if (profile == NULL) {
        set_error(error, "there is no profile %s; distrosim profiles lists those there are",
                  options->profile);
        return false;
    }
    options->core = distro_profile_config(profile);
    if (!set_properties(options, reading->properties, error) ||
        !set_properties(options, options->set, error)) {
        return false;
    }
    if (!options->core.protocol->has_rpc) {
        set_error(error, "profile %s speaks no gRPC, which is all that distrod speaks to peers",
                  options->profile);
        return false;
    }
    return true;
}

/* ---- the identity ---- */

static bool split_identity(RegOptions *options, const char *file, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, error)) {
        return false;
    }
    g_strstrip(text);
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0' || strchr(text, '\n') != NULL ||
        !g_utf8_validate(text, -1, NULL)) {
        set_error(error, "%s is not of the form key=value", file);
        return false;
    }
    options->identity_key = g_strndup(text, (gsize)(equals - text));
    options->identity_value = g_strdup(equals + 1);
    return true;
}

static bool read_identity(RegOptions *options, GError **error)
{
    const char *key = g_getenv("DISTROD_IDENTITY_KEY"), *value = g_getenv("DISTROD_IDENTITY_VALUE");
    if (options->identity_file != NULL) {
        return split_identity(options, options->identity_file, error);
    }
    if (key == NULL && value == NULL) {
        return true;
    }
    if (key == NULL || value == NULL || *key == '\0' || *value == '\0') {
        set_error(error, "DISTROD_IDENTITY_KEY and DISTROD_IDENTITY_VALUE must be given together");
        return false;
    }
    options->identity_key = g_strdup(key);
    options->identity_value = g_strdup(value);
    return true;
}

/* ---- together ---- */

static bool check_together(const RegOptions *options, GError **error)
{
    if ((options->tls_certificate == NULL) != (options->tls_key == NULL)) {
        set_error(error, "--tls-certificate and --tls-key are given together");
        return false;
    }
    if (options->tls_authorities != NULL && options->tls_key == NULL) {
        set_error(error, "--tls-authorities is for --tls-certificate and --tls-key");
        return false;
    }
    if (options->cluster_conf != NULL && options->members->len > 0) {
        set_error(error, "members are given by --cluster-conf or by --member, not by both");
        return false;
    }
    if (options->port == 0) {
        set_error(error, "--port must be above 0");
        return false;
    }
    return true;
}

static bool read_all(Reading *reading, char *const *words, GError **error)
{
    RegOptions *options = reading->options;
    if (!read_flags(reading, words, error)) {
        return false;
    }
    if (options->help || options->version || options->man) {
        return true;
    }
    return read_file(reading, error) && read_core(reading, error) &&
           read_identity(options, error) && check_together(options, error);
}

RegOptions *reg_options_parse(char *const *words, GError **error)
{
    g_autoptr(RegOptions) options = g_new0(RegOptions, 1);
    g_autoptr(GPtrArray) properties = g_ptr_array_new_with_free_func(g_free);
    Reading reading = { .options = options, .properties = properties };
    set_presets(options);
    return read_all(&reading, words, error) ? g_steal_pointer(&options) : NULL;
}

void reg_options_free(RegOptions *options)
{
    if (options == NULL) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        void *field = field_of(options, &table[i]);
        if (table[i].kind == REG_OPTION_TEXT) {
            g_free(*(char **)field);
        } else if (table[i].kind == REG_OPTION_LIST) {
            g_ptr_array_unref(*(GPtrArray **)field);
        }
    }
    g_free(options->identity_key);
    g_free(options->identity_value);
    g_free(options);
}
