/* tools/real/server.c -- see server.h. */
#include "tools/real/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/distrod/net/address.h"
#include "tools/real/setting.h"

/* For so long a JVM that has just begun answers slowly by itself. */
#define JVM_COLD_US 3000000
/* A stopped server may take this long to end before it is killed. */
#define DRAIN_MS "200"

/* --- sorts ------------------------------------------------------------------------------------ */

static void clear_sort(gpointer data)
{
    RealSort *sort = data;
    g_free(sort->folder);
    g_free(sort->binary);
}

/* Where a build has it, beside the command, or on the path. */
static char *find_distrod(GError **error)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(self != NULL ? self : ".");
    static const char *const places[] = { "distrod", "tools/distrod/distrod",
                                          "../tools/distrod/distrod" };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        char *path = g_build_filename(folder, places[i], NULL);
        if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) &&
            !g_file_test(path, G_FILE_TEST_IS_DIR)) {
            return path;
        }
        g_free(path);
    }
    char *found = g_find_program_in_path("distrod");
    if (found == NULL) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_UNAVAILABLE,
                    "there is no distrod beside this command or on the path");
    }
    return found;
}

static char *find_java(GError **error)
{
    const char *home = g_getenv("JAVA_HOME");
    char *path = home != NULL ? g_build_filename(home, "bin", "java", NULL) : NULL;
    if (path != NULL && g_file_test(path, G_FILE_TEST_IS_EXECUTABLE)) {
        return path;
    }
    g_free(path);
    path = g_find_program_in_path("java");
    if (path == NULL) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_UNAVAILABLE,
                    "Nacos needs a JDK, and there is no java on the path or in JAVA_HOME");
    }
    return path;
}

static char *jar_of(const char *folder)
{
    return g_build_filename(folder, "target", "nacos-server.jar", NULL);
}

/* 3.x keeps the console apart, and says so in its configuration. */
static bool is_nacos_3(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "conf", "application.properties", NULL);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) &&
           strstr(text, "nacos.console.port") != NULL;
}

static bool parse_sort(const char *text, RealSort *sort, GError **error)
{
    if (g_str_equal(text, "distrod")) {
        sort->kind = REAL_KIND_DISTROD;
        sort->binary = find_distrod(error);
        return sort->binary != NULL;
    }
    if (!g_str_has_prefix(text, "nacos:")) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_FAILED,
                    "--servers expects distrod or nacos:DIR, or several with commas, not '%s'",
                    text);
        return false;
    }
    sort->folder = g_canonicalize_filename(text + strlen("nacos:"), NULL);
    g_autofree char *jar = jar_of(sort->folder);
    if (!g_file_test(jar, G_FILE_TEST_EXISTS)) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_UNAVAILABLE,
                    "%s is no unpacked release of Nacos: there is no %s", sort->folder, jar);
        return false;
    }
    sort->kind = is_nacos_3(sort->folder) ? REAL_KIND_NACOS_3 : REAL_KIND_NACOS_2;
    sort->binary = find_java(error);
    return sort->binary != NULL;
}

GArray *real_sorts_parse(const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    g_autoptr(GArray) sorts = g_array_new(false, true, sizeof(RealSort));
    g_array_set_clear_func(sorts, clear_sort);
    for (char **word = words; *word != NULL; word++) {
        RealSort sort = { 0 };
        const bool parsed = parse_sort(*word, &sort, error);
        g_array_append_val(sorts, sort);
        if (!parsed) {
            return NULL;
        }
    }
    return g_steal_pointer(&sorts);
}

/* --- files ------------------------------------------------------------------------------------ */

static char *path_in(const RealServer *server, const char *name)
{
    return g_build_filename(server->folder, name, NULL);
}

bool real_server_write_members(RealServer *server, GError **error)
{
    const SimNode *node = server->node;
    g_autofree char *path = path_in(server, "conf/cluster.conf");
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < node->members->len; i++) {
        g_string_append_printf(text, "%s\n",
                               distro_dictionary_text(node->world->dictionary,
                                                      g_array_index(node->members, DistroName, i)));
    }
    g_autoptr(GError) why = NULL;
    const bool written = g_file_set_contents(path, text->str, (gssize)text->len, &why);
    if (!written) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_FAILED, "%s", why->message);
    }
    g_string_free(text, true);
    return written;
}

static bool make_folders(RealServer *server, GError **error)
{
    g_autofree char *conf = path_in(server, "conf");
    g_autofree char *logs = path_in(server, "logs");
    if (g_mkdir_with_parents(conf, 0755) == 0 && g_mkdir_with_parents(logs, 0755) == 0) {
        return true;
    }
    g_set_error(error, REAL_ERROR, REAL_ERROR_FAILED, "%s cannot be made: %s", conf,
                g_strerror(errno));
    return false;
}

/* --- starting --------------------------------------------------------------------------------- */

static GPtrArray *distrod_words(const RealServer *server, const char *ip)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(words, g_strdup(server->sort->binary));
    g_ptr_array_add(words, g_strdup_printf("--listen=%s", ip));
    g_ptr_array_add(words, g_strdup_printf("--address=%s", ip));
    g_ptr_array_add(words, g_strdup("--cluster-conf=conf/cluster.conf"));
    g_ptr_array_add(words, g_strdup("--log-folder=logs"));
    g_ptr_array_add(words, g_strdup_printf("--profile=%s", server->node->profile));
    g_ptr_array_add(words, g_strdup("--drain-time=" DRAIN_MS));
    real_setting_add_words(server->node, words, "--set=%s=%s");
    g_ptr_array_add(words, NULL);
    return words;
}

static GPtrArray *nacos_words(const RealServer *server, const char *ip)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    const bool alone = server->node->members->len == 1;
    g_ptr_array_add(words, g_strdup(server->sort->binary));
    g_ptr_array_add(words, g_strdup("-Xms256m"));
    g_ptr_array_add(words, g_strdup("-Xmx512m"));
    g_ptr_array_add(words, g_strdup("-XX:TieredStopAtLevel=1"));
    g_ptr_array_add(words, g_strdup_printf("-Dnacos.home=%s", server->folder));
    g_ptr_array_add(words, g_strdup_printf("-Dnacos.server.ip=%s", ip));
    g_ptr_array_add(words, g_strdup_printf("-Dnacos.standalone=%s", alone ? "true" : "false"));
    g_ptr_array_add(words, g_strdup("-DembeddedStorage=true"));
    g_ptr_array_add(words, g_strdup("-Dnacos.functionMode=naming"));
    g_ptr_array_add(words, g_strdup("-Dnacos.core.auth.enabled=false"));
    g_ptr_array_add(words, g_strdup("-Dnacos.core.auth.admin.enabled=false"));
    g_ptr_array_add(words, g_strdup("-Dnacos.core.auth.console.enabled=false"));
    g_ptr_array_add(words, g_strdup("-Dnacos.core.auth.server.identity.key=distrosim"));
    g_ptr_array_add(words, g_strdup("-Dnacos.core.auth.server.identity.value=distrosim"));
    g_ptr_array_add(words, g_strdup("-Dnacos.core.api.compatibility.admin.enabled=true"));
    if (server->sort->kind == REAL_KIND_NACOS_3) {
        g_ptr_array_add(words, g_strdup("-Dnacos.deployment.type=server"));
    }
    real_setting_add_words(server->node, words, "-D%s=%s");
    g_ptr_array_add(words, g_strdup("-jar"));
    g_ptr_array_add(words, jar_of(server->sort->folder));
    g_ptr_array_add(words, g_strdup_printf("--spring.config.additional-location=file:%s/conf/",
                                           server->sort->folder));
    g_ptr_array_add(
        words, g_strdup_printf("--logging.config=%s/conf/nacos-logback.xml", server->sort->folder));
    g_ptr_array_add(words, NULL);
    return words;
}

/* The port of the member that was told to stop must be free. */
static void end_last(RealServer *server)
{
    g_clear_pointer(&server->last, real_process_free);
}

bool real_server_start(RealServer *server, GError **error)
{
    static const char *const environment[] = { "DISTROD_IDENTITY_KEY=distrosim",
                                               "DISTROD_IDENTITY_VALUE=distrosim", NULL };
    char ip[INET_ADDRSTRLEN];
    const uint32_t address = htonl(server->ip);
    inet_ntop(AF_INET, &address, ip, sizeof ip);
    end_last(server);
    if (!real_server_write_members(server, error)) {
        return false;
    }
    g_autoptr(GPtrArray) words = server->sort->kind == REAL_KIND_DISTROD ? distrod_words(server, ip)
                                                                         : nacos_words(server, ip);
    g_autofree char *output = path_in(server, "output");
    const RealCommand command = { .words = (const char *const *)words->pdata,
                                  .environment = environment,
                                  .space = server->space,
                                  .folder = server->folder,
                                  .output = output,
                                  .light = server->sort->kind == REAL_KIND_DISTROD };
    server->process = real_process_start(&command, error);
    if (server->process == NULL) {
        return false;
    }
    server->started_us = g_get_monotonic_time();
    server->starts++;
    real_observer_begin(server->observer);
    return true;
}

void real_server_crash(RealServer *server)
{
    real_observer_end(server->observer);
    g_clear_pointer(&server->process, real_process_free);
}

void real_server_stop(RealServer *server)
{
    real_observer_end(server->observer);
    end_last(server);
    if (server->process != NULL) {
        real_process_signal(server->process, SIGCONT);
        real_process_signal(server->process, SIGTERM);
        server->last = g_steal_pointer(&server->process);
    }
}

void real_server_pause(RealServer *server, bool paused)
{
    real_observer_pause(server->observer, paused);
    if (server->process != NULL) {
        real_process_signal(server->process, paused ? SIGSTOP : SIGCONT);
    }
}

char *real_server_lost(RealServer *server)
{
    int status;
    if (server->process == NULL || !real_process_has_ended(server->process, &status)) {
        return NULL;
    }
    return WIFSIGNALED(status) ? g_strdup_printf("the process of %s was ended by signal %d",
                                                 server->node->name, WTERMSIG(status))
                               : g_strdup_printf("the process of %s has ended with status %d",
                                                 server->node->name, WEXITSTATUS(status));
}

/* --- life ------------------------------------------------------------------------------------- */

RealServer *real_server_new(RegLoop *loop, SimNode *node, const RealSort *sort, const char *folder,
                            void (*catch_up)(void *data), void *data, GError **error)
{
    RealServer *server = g_new0(RealServer, 1);
    g_autofree char *host = NULL;
    uint16_t port = 0;
    const bool split = reg_address_split(node->address, &host, &port);
    g_assert_true(split);
    server->node = node;
    server->sort = sort;
    server->folder = g_strdup(folder);
    server->ip = ntohl(inet_addr(host));
    server->device = -1;
    server->space = real_space_new(error);
    if (server->space >= 0) {
        server->device = real_space_device(server->space, host, error);
    }
    if (server->device < 0 || !make_folders(server, error)) {
        real_server_free(server);
        return NULL;
    }
    const RealDialect dialect = sort->kind == REAL_KIND_NACOS_3 ? REAL_DIALECT_V3 : REAL_DIALECT_V2;
    const int64_t cold_us = sort->kind == REAL_KIND_DISTROD ? 0 : JVM_COLD_US;
    server->observer =
        real_observer_new(loop, node, server->space, dialect, cold_us, catch_up, data);
    return server;
}

void real_server_free(RealServer *server)
{
    if (server == NULL) {
        return;
    }
    real_observer_free(server->observer);
    real_process_free(server->process);
    real_process_free(server->last);
    if (server->space >= 0) {
        close(server->space);
    }
    g_free(server->folder);
    g_free(server);
}
