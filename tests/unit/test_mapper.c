/* tests/unit/test_mapper.c -- who is responsible for a tag, against Java's own answers. */
#include "core/java.h"
#include "core/node.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"
#include "tests/support/vectors.h"

/* Boots a node on @members, the first of which it is. */
static Node *booted(const DistroConfig *config, const char *members)
{
    Node *node = node_new(config, members);
    node_boot(node, members);
    return node;
}

static char *healthy_text(const Node *node)
{
    GString *text = g_string_new(NULL);
    size_t count;
    const DistroName *names = distro_node_healthy(node->core, &count);
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? "," : "",
                               distro_dictionary_text(node->dictionary, names[i]));
    }
    return g_string_free(text, false);
}

static void the_healthy_list_is_in_the_order_of_strings(void)
{
    g_autoptr(Vectors) lists = vectors_read("distro-member-lists.tsv");
    const DistroConfig config = distro_config_default();

    for (guint row = 0; row < vectors_count(lists); row++) {
        g_autoptr(Node) node = booted(&config, vectors_cell(lists, row, "input"));
        g_autofree char *seen = healthy_text(node);
        check_str(seen, ==, vectors_cell(lists, row, "sorted"));
    }
}

static void every_tag_has_the_owner_that_java_gives_it(void)
{
    g_autoptr(Vectors) lists = vectors_read("distro-member-lists.tsv");
    g_autoptr(Vectors) tags = vectors_read("distro-mapper.tsv");
    const DistroConfig config = distro_config_default();

    for (guint list = 0; list < vectors_count(lists); list++) {
        g_autoptr(Node) node = booted(&config, vectors_cell(lists, list, "input"));
        const gint64 size = vectors_int(lists, list, "size");
        for (guint row = 0; row < vectors_count(tags); row++) {
            const uint32_t hash = (uint32_t)vectors_int(tags, row, "distro_hash");
            const DistroName owner = distro_node_owner(node->core, hash);
            g_autofree char *seen =
                g_strdup_printf("%u=%s", (guint)(hash % (guint)size),
                                distro_dictionary_text(node->dictionary, owner));
            check_str(seen, ==, vectors_cell(tags, row, vectors_cell(lists, list, "list_id")));
            check_int(distro_node_responsible(node->core, hash), ==, owner == node->self);
        }
    }
}

/* A JSON string of the vectors, which holds no escapes. */
static uint32_t hash_of(const char *json)
{
    g_autofree char *tag = g_strndup(json + 1, strlen(json) - 2);
    return distro_hash(tag);
}

/* Puts @view, which may leave out the node itself, in the place of the healthy list. */
static void look_at(Node *node, const char *view)
{
    g_auto(GStrv) words = g_strsplit(view, ",", -1);
    DistroName names[8];
    uint32_t count = 0;
    for (char **word = words; strcmp(view, "(empty)") != 0 && *word != NULL; word++) {
        names[count++] = node_name(node, *word);
    }
    distro_mapper_set(node->core, names, count);
}

static void a_node_off_its_own_list_claims_all_and_with_no_list_none(void)
{
    static const char *const all[] = { "10.0.0.10:8848", "10.0.0.1:8848", "10.0.0.20:8848",
                                       "10.0.0.2:8848", "10.0.0.3:8848" };
    g_autoptr(Vectors) views = vectors_read("distro-ownership-change.tsv");
    const DistroConfig config = distro_config_default();
    const char *answers =
        "responsible_self(10.0.0.10:8848,10.0.0.1:8848,10.0.0.20:8848,10.0.0.2:8848,10.0.0.3:8848)";

    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autoptr(Node) node = booted(&config, all[i]);
        for (guint row = 0; row < vectors_count(views); row++) {
            const uint32_t hash = hash_of(vectors_cell(views, row, "tag_json"));
            const char *owner = vectors_cell(views, row, "owner");
            look_at(node, vectors_cell(views, row, "view"));
            check_str(distro_dictionary_text(node->dictionary, distro_node_owner(node->core, hash)),
                      ==, strcmp(owner, "(local)") == 0 ? all[i] : owner);
            check_int(distro_node_responsible(node->core, hash), ==,
                      vectors_cell(views, row, answers)[2 * i] == '1');
        }
    }
}

static void a_switched_off_mapper_claims_everything(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) on = booted(&config, "a,b");
    config.distro_enabled = false;
    g_autoptr(Node) off = booted(&config, "a,b");

    check_int(distro_node_responsible(on->core, 1), ==, false);
    check_uint(distro_node_owner(on->core, 1), ==, node_name(on, "b"));
    check_int(distro_node_responsible(off->core, 1), ==, true);
    check_uint(distro_node_owner(off->core, 1), ==, off->self);
}

static void a_standalone_node_claims_everything(void)
{
    DistroConfig config = distro_config_default();
    config.standalone = true;
    g_autoptr(Node) node = booted(&config, "a,b");

    check_int(distro_node_responsible(node->core, 1), ==, true);
    check_int(node_sent(node, DISTRO_OP_CONNECT, NULL), ==, 0);
    check_int(distro_node_state(node->core).initialised, ==, true);
}

int main(void)
{
    static const Test tests[] = {
        { "the healthy list is in the order of strings",
          the_healthy_list_is_in_the_order_of_strings },
        { "every tag has the owner that Java gives it",
          every_tag_has_the_owner_that_java_gives_it },
        { "a node off its own list claims all, and with no list none",
          a_node_off_its_own_list_claims_all_and_with_no_list_none },
        { "a switched-off mapper claims everything", a_switched_off_mapper_claims_everything },
        { "a standalone node claims everything", a_standalone_node_claims_everything },
        { 0 },
    };
    return run_tests("mapper", tests);
}
