/* tests/unit/test_bridge_mark.c -- copies: their marks, who travels, which are the same. */
#include "sim/bridge/mark.h"
#include "tests/support/check.h"

#include <string.h>

typedef struct Fixture {
    DistroDictionary *dictionary;
    SimMarks marks;
    DistroService service;
} Fixture;

static Fixture fixture(void)
{
    Fixture made = { .dictionary = distro_dictionary_new() };
    sim_marks_init(&made.marks, "east", "west", "1.0");
    made.service = distro_dictionary_service(made.dictionary, "public", "DEFAULT_GROUP", "shop");
    return made;
}

static void clear(Fixture *fixture)
{
    sim_marks_clear(&fixture->marks);
    distro_dictionary_free(fixture->dictionary);
}

static DistroListing instance(const Fixture *fixture, int32_t port, bool healthy, double weight,
                              const char *key, const char *value)
{
    DistroExtEntry entries[2];
    size_t count = 0;
    if (key != NULL) {
        entries[count++] =
            (DistroExtEntry) { .key = key, .kind = DISTRO_VALUE_STRING, .text = value };
    }
    if (weight < 1 || weight > 1) {
        entries[count++] = (DistroExtEntry) { .key = "publishInstanceWeight",
                                              .kind = DISTRO_VALUE_DOUBLE,
                                              .number = weight };
    }
    const DistroInstance made = {
        .ip = distro_dictionary_name(fixture->dictionary, "10.128.0.1"),
        .port = port,
        .healthy = healthy,
        .cluster = distro_dictionary_name(fixture->dictionary, "DEFAULT"),
        .ext = distro_dictionary_ext(fixture->dictionary, entries, count),
    };
    return distro_dictionary_listing(fixture->dictionary, fixture->service, &made);
}

static DistroListing plain(const Fixture *fixture, int32_t port)
{
    return instance(fixture, port, true, 1, NULL, NULL);
}

static const char *text_of(const Fixture *fixture, DistroListing listing, const char *key)
{
    size_t count;
    DistroExt ext = distro_dictionary_listing_info(fixture->dictionary, listing)->instance.ext;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(fixture->dictionary, ext, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].key, key) == 0) {
            return entries[i].text;
        }
    }
    return NULL;
}

/* --- marks ------------------------------------------------------------------------------------ */

static void a_copy_says_where_it_came_from_and_keeps_the_rest(void)
{
    Fixture f = fixture();
    DistroListing copy =
        sim_mark(f.dictionary, &f.marks,
                 instance(&f, 8080, true, 2, "preserved.heart.beat.interval", "2000"));
    g_autofree char *east = g_compute_checksum_for_string(G_CHECKSUM_MD5, "east_NACOS", -1);
    g_autofree char *west = g_compute_checksum_for_string(G_CHECKSUM_MD5, "west_NACOS", -1);
    g_autofree char *tag = g_strdup_printf("%s@@1.0", east);

    check_str(text_of(&f, copy, "sourceClusterId"), ==, east);
    check_str(text_of(&f, copy, "destClusterId"), ==, west);
    check_str(text_of(&f, copy, "syncSource"), ==, "NACOS");
    check_str(text_of(&f, copy, "sync.instance.tag"), ==, tag);
    check_str(text_of(&f, copy, "preserved.heart.beat.interval"), ==, "2000");
    const DistroListingInfo *info = distro_dictionary_listing_info(f.dictionary, copy);
    check_uint((uint64_t)info->weight, ==, 2);
    check_uint((uint64_t)info->instance.port, ==, 8080);
    clear(&f);
}

static void marking_a_copy_overwrites_the_older_marks(void)
{
    Fixture f = fixture();
    SimMarks next;
    sim_marks_init(&next, "west", "south", "1.0");
    DistroListing first = sim_mark(f.dictionary, &f.marks, plain(&f, 8080));
    DistroListing second = sim_mark(f.dictionary, &next, first);

    check_str(text_of(&f, second, "sourceClusterId"), ==, next.source_id);
    check_uint(second, ==, sim_mark(f.dictionary, &next, plain(&f, 8080)));
    sim_marks_clear(&next);
    clear(&f);
}

/* --- who travels ------------------------------------------------------------------------------ */

static void from_an_ordinary_cluster_only_natives_travel(void)
{
    Fixture f = fixture();
    DistroListing native = plain(&f, 8080);

    check_true(sim_mark_eligible(f.dictionary, &f.marks, native, false));
    check_true(!sim_mark_eligible(f.dictionary, &f.marks, sim_mark(f.dictionary, &f.marks, native),
                                  false));
    check_true(!sim_mark_eligible(f.dictionary, &f.marks,
                                  instance(&f, 8081, true, 1, "sync.instance.tag", "x@@1"), false));
    check_true(sim_mark_eligible(f.dictionary, &f.marks,
                                 instance(&f, 8082, true, 1, "sourceClusterId", ""), false));
    clear(&f);
}

static void from_a_central_cluster_all_but_the_destinations_own_travel(void)
{
    Fixture f = fixture();
    SimMarks back, other;
    sim_marks_init(&back, "west", "east", "1.0");
    sim_marks_init(&other, "south", "east", "1.0");
    DistroListing from_west = sim_mark(f.dictionary, &back, plain(&f, 8080));
    DistroListing from_south = sim_mark(f.dictionary, &other, plain(&f, 8080));

    check_true(!sim_mark_eligible(f.dictionary, &f.marks, from_west, true));
    check_true(sim_mark_eligible(f.dictionary, &f.marks, from_south, true));
    sim_marks_clear(&back);
    sim_marks_clear(&other);
    clear(&f);
}

static void a_copy_is_known_by_its_source(void)
{
    Fixture f = fixture();
    DistroListing copy = sim_mark(f.dictionary, &f.marks, plain(&f, 8080));

    check_true(sim_mark_came_from(f.dictionary, copy, f.marks.source_id));
    check_true(!sim_mark_came_from(f.dictionary, copy, f.marks.destination_id));
    check_true(!sim_mark_came_from(f.dictionary, plain(&f, 8080), f.marks.source_id));
    check_true(sim_mark_source(f.dictionary, plain(&f, 8080)) == NULL);
    clear(&f);
}

/* --- comparing -------------------------------------------------------------------------------- */

static GArray *list_of(size_t count, const DistroListing *items)
{
    GArray *list = g_array_new(false, false, sizeof(DistroListing));
    g_array_append_vals(list, items, (guint)count);
    return list;
}

/* The steps as text: "+8080 -8081". */
static char *steps_of(const Fixture *f, const GArray *want, const GArray *have, bool by_address)
{
    g_autoptr(GArray) steps = g_array_new(false, false, sizeof(SimStep));
    GString *text = g_string_new(NULL);
    sim_mark_steps(f->dictionary, want, have, by_address, steps);
    for (guint i = 0; i < steps->len; i++) {
        const SimStep *step = &g_array_index(steps, SimStep, i);
        const DistroListingInfo *info =
            distro_dictionary_listing_info(f->dictionary, step->listing);
        g_string_append_printf(text, "%s%c%d", i > 0 ? " " : "", step->add ? '+' : '-',
                               info->instance.port);
    }
    return g_string_free(text, false);
}

#define LIST(...)                                                                                  \
    list_of(sizeof((DistroListing[]) { __VA_ARGS__ }) / sizeof(DistroListing),                     \
            (DistroListing[]) { __VA_ARGS__ })

static void registrations_come_before_deregistrations(void)
{
    Fixture f = fixture();
    g_autoptr(GArray) want = LIST(plain(&f, 1), plain(&f, 2));
    g_autoptr(GArray) have = LIST(plain(&f, 2), plain(&f, 3));
    g_autofree char *steps = steps_of(&f, want, have, false);

    check_str(steps, ==, "+1 -3");
    clear(&f);
}

static void metadata_is_no_part_of_the_key(void)
{
    Fixture f = fixture();
    g_autoptr(GArray) want = LIST(instance(&f, 1, true, 1, "version", "2"));
    g_autoptr(GArray) have = LIST(instance(&f, 1, true, 1, "version", "1"));
    g_autofree char *steps = steps_of(&f, want, have, false);

    check_str(steps, ==, "");
    clear(&f);
}

static void another_weight_is_registered_and_taken_back(void)
{
    Fixture f = fixture();
    g_autoptr(GArray) want = LIST(instance(&f, 1, true, 2, NULL, NULL));
    g_autoptr(GArray) have = LIST(plain(&f, 1));
    g_autofree char *trapped = steps_of(&f, want, have, false);
    g_autofree char *mended = steps_of(&f, want, have, true);

    check_str(trapped, ==, "+1 -1");
    check_str(mended, ==, "+1");
    clear(&f);
}

static void another_health_is_registered_and_taken_back(void)
{
    Fixture f = fixture();
    g_autoptr(GArray) want = LIST(plain(&f, 1));
    g_autoptr(GArray) have = LIST(instance(&f, 1, false, 1, NULL, NULL));
    g_autofree char *trapped = steps_of(&f, want, have, false);
    g_autofree char *mended = steps_of(&f, want, have, true);

    check_str(trapped, ==, "+1 -1");
    check_str(mended, ==, "+1");
    clear(&f);
}

static const Test tests[] = {
#define TEST(name)                                                                                 \
    {                                                                                              \
        #name, name                                                                                \
    }
    TEST(a_copy_says_where_it_came_from_and_keeps_the_rest),
    TEST(marking_a_copy_overwrites_the_older_marks),
    TEST(from_an_ordinary_cluster_only_natives_travel),
    TEST(from_a_central_cluster_all_but_the_destinations_own_travel),
    TEST(a_copy_is_known_by_its_source),
    TEST(registrations_come_before_deregistrations),
    TEST(metadata_is_no_part_of_the_key),
    TEST(another_weight_is_registered_and_taken_back),
    TEST(another_health_is_registered_and_taken_back),
    { NULL, NULL },
};

int main(void)
{
    return run_tests("bridge_mark", tests);
}
