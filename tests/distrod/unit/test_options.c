/* tests/distrod/unit/test_options.c -- flags, files, and what makes no sense. */
#include "tools/distrod/config/cluster_conf.h"
#include "tools/distrod/config/options.h"
#include "tools/distrod/config/pages.h"

#include "tests/support/check.h"

#include <glib/gstdio.h>

static RegOptions *parse(const char *line, GError **error)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    return reg_options_parse(*line == '\0' ? &(char *) { NULL } : words, error);
}

static void check_refused(const char *line, const char *sentence)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RegOptions) options = parse(line, &error);
    check_true(options == NULL);
    check_str(error != NULL ? error->message : NULL, ==, sentence);
}

/* A file with @text, whose name is (transfer full). */
static char *write_file(const char *text)
{
    char *name = NULL;
    const int fd = g_file_open_tmp("distrod-XXXXXX", &name, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_file_set_contents(name, text, -1, NULL);
    return name;
}

static void without_a_word_it_serves_on_loopback(void)
{
    g_autoptr(RegOptions) options = parse("", NULL);
    check_str(options->listen, ==, "127.0.0.1");
    check_uint(options->port, ==, 8848);
    check_str(options->claim, ==, "2.5.1");
    check_int(options->drain_us, ==, 10000000);
    check_uint(options->members->len, ==, 0);
    check_true(options->identity_key == NULL);
}

static void a_value_stands_behind_its_flag_or_an_equals_sign(void)
{
    g_autoptr(RegOptions) options =
        parse("--port 9000 --listen=0.0.0.0 --member a:1,b:2 --member c:3", NULL);
    check_uint(options->port, ==, 9000);
    check_str(options->listen, ==, "0.0.0.0");
    check_uint(options->members->len, ==, 3);
    check_str(options->members->pdata[2], ==, "c:3");
}

static void a_flag_beats_the_file_and_the_file_the_preset(void)
{
    g_autofree char *file = write_file("# a comment\n\n listen = 10.0.0.1 \nport=9000\n"
                                       "nacos.core.protocol.distro.data.sync.delayMs = 250\n");
    g_autofree char *line = g_strdup_printf("--config %s --port 9001", file);
    g_autoptr(RegOptions) options = parse(line, NULL);
    check_str(options->listen, ==, "10.0.0.1");
    check_uint(options->port, ==, 9001);
    check_int(options->core.sync_delay_us, ==, 250000);
    g_unlink(file);
}

static void a_property_of_the_core_is_set_by_its_name(void)
{
    g_autoptr(RegOptions) options =
        parse("--profile nacos-2.3 --set nacos.naming.expireInstance=false", NULL);
    check_true(!options->core.expire_instance);
    check_refused("--set nacos.naming.expireInstance=perhaps",
                  "nacos.naming.expireInstance cannot be \"perhaps\"");
    check_refused("--set no.such=1",
                  "\"no.such\" is no option, nor a property that the core reads");
}

static void what_makes_no_sense_is_refused_with_a_sentence(void)
{
    check_refused("--prot 1", "there is no option --prot; --help lists those there are");
    check_refused("8848", "there is no option 8848; --help lists those there are");
    check_refused("--port", "--port wants N");
    check_refused("--port 70000", "--port: \"70000\" is no number up to 64000");
    check_refused("--port 0", "--port must be above 0");
    check_refused("--help=yes", "--help takes no value");
    check_refused("--tls-key k", "--tls-certificate and --tls-key are given together");
    check_refused("--cluster-conf f --member a:1",
                  "members are given by --cluster-conf or by --member, not by both");
    check_refused("--profile nacos-9",
                  "there is no profile nacos-9; distrosim profiles lists those there are");
    check_refused("--profile nacos-1.4",
                  "profile nacos-1.4 speaks no gRPC, which is all that distrod speaks to peers");
}

static void the_identity_comes_from_a_file_or_the_environment(void)
{
    g_autofree char *file = write_file("cluster-id=a=b\n");
    g_autofree char *line = g_strdup_printf("--identity-file %s", file);
    g_autoptr(RegOptions) options = parse(line, NULL);
    check_str(options->identity_key, ==, "cluster-id");
    check_str(options->identity_value, ==, "a=b");
    g_unlink(file);

    g_setenv("DISTROD_IDENTITY_KEY", "k", true);
    check_refused("--port 1",
                  "DISTROD_IDENTITY_KEY and DISTROD_IDENTITY_VALUE must be given together");
    g_setenv("DISTROD_IDENTITY_VALUE", "v", true);
    g_autoptr(RegOptions) from_environment = parse("--port 1", NULL);
    check_str(from_environment->identity_value, ==, "v");
    g_unsetenv("DISTROD_IDENTITY_KEY");
    g_unsetenv("DISTROD_IDENTITY_VALUE");
}

static void the_pages_name_every_option(void)
{
    g_autofree char *help = reg_help_page(), *man = reg_man_page("1.0");
    size_t count;
    const RegOption *table = reg_option_table(&count);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *flag = g_strdup_printf("  --%s", table[i].name);
        check_true(strstr(help, flag) != NULL);
    }
    check_true(strstr(man, "\\-\\-max\\-connections\\-per\\-address") != NULL);
    g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        check_uint(strlen(*line), <=, 130);
    }
}

static void a_member_list_is_read_as_nacos_reads_it(void)
{
    g_autoptr(GPtrArray) members = reg_cluster_conf_parse(
        "#it is ip\n10.0.0.2:8848\n10.0.0.1\n\n  nacos-0.nacos:9000?raft_port=1"
        " # that\n10.0.0.2:8848,[fd00::1]:80\nbad:port\n:80\n",
        8848);
    check_uint(members->len, ==, 4);
    check_str(members->pdata[0], ==, "10.0.0.1:8848");
    check_str(members->pdata[1], ==, "10.0.0.2:8848");
    check_str(members->pdata[2], ==, "[fd00::1]:80");
    check_str(members->pdata[3], ==, "nacos-0.nacos:9000");
}

int main(void)
{
    static const Test tests[] = {
        { "without a word it serves on loopback", without_a_word_it_serves_on_loopback },
        { "a value stands behind its flag or an equals sign",
          a_value_stands_behind_its_flag_or_an_equals_sign },
        { "a flag beats the file, and the file the preset",
          a_flag_beats_the_file_and_the_file_the_preset },
        { "a property of the core is set by its name", a_property_of_the_core_is_set_by_its_name },
        { "what makes no sense is refused with a sentence",
          what_makes_no_sense_is_refused_with_a_sentence },
        { "the identity comes from a file or the environment",
          the_identity_comes_from_a_file_or_the_environment },
        { "the pages name every option", the_pages_name_every_option },
        { "a member list is read as Nacos reads it", a_member_list_is_read_as_nacos_reads_it },
        { NULL, NULL },
    };
    return run_tests("options", tests);
}
