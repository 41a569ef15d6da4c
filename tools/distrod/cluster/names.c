/* tools/distrod/cluster/names.c -- addresses of hosts by getaddrinfo, in the worker. */
#include "tools/distrod/cluster/names.h"

#include <netdb.h>
#include <string.h>

#define REFRESH_US 30000000

struct RegNames {
    RegLoop *loop;
    RegWorker *worker;
    GHashTable *hosts; /* name -> GArray of RegAddress */
    RegTimer refresh;
    struct Lookup *under_way; /* (nullable) */
    bool changed;             /* since the look-up under way began */
};

/* What the worker is asked, and answers. */
typedef struct Lookup {
    RegNames *names; /* NULL: it has gone */
    char **hosts;
    GPtrArray *found; /* GArray of RegAddress, by host; NULL: not found */
} Lookup;

static void free_addresses(void *addresses)
{
    g_array_unref(addresses);
}

static GArray *new_addresses(void)
{
    return g_array_new(false, false, sizeof(RegAddress));
}

/* ---- in the worker ---- */

static GArray *look_up(const char *host)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return NULL;
    }
    GArray *addresses = new_addresses();
    for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
        RegAddress address = { .size = info->ai_addrlen };
        if (info->ai_addrlen <= sizeof address.v6) {
            memcpy(&address.v6, info->ai_addr, info->ai_addrlen);
            g_array_append_val(addresses, address);
        }
    }
    freeaddrinfo(list);
    return addresses;
}

static void run_lookup(void *data)
{
    Lookup *lookup = data;
    for (char **host = lookup->hosts; *host != NULL; host++) {
        g_ptr_array_add(lookup->found, look_up(*host));
    }
}

/* ---- on the loop ---- */

static void begin_lookup(RegNames *names);

static void schedule_refresh(RegNames *names)
{
    if (names->changed) {
        begin_lookup(names);
    } else {
        reg_timers_set_in(reg_loop_timers(names->loop), &names->refresh, REFRESH_US);
    }
}

static void take_found(RegNames *names, const Lookup *lookup)
{
    for (guint i = 0; i < lookup->found->len; i++) {
        GArray *addresses = lookup->found->pdata[i];
        if (addresses != NULL && g_hash_table_contains(names->hosts, lookup->hosts[i])) {
            g_hash_table_replace(names->hosts, g_strdup(lookup->hosts[i]), g_array_ref(addresses));
        }
    }
}

static void finish_lookup(void *data)
{
    Lookup *lookup = data;
    RegNames *names = lookup->names;
    if (names != NULL) {
        names->under_way = NULL;
        take_found(names, lookup);
        schedule_refresh(names);
    }
    for (guint i = 0; i < lookup->found->len; i++) {
        if (lookup->found->pdata[i] != NULL) {
            g_array_unref(lookup->found->pdata[i]);
        }
    }
    g_ptr_array_unref(lookup->found);
    g_strfreev(lookup->hosts);
    g_free(lookup);
}

static bool is_numeric(const char *host)
{
    RegAddress address;
    return reg_address_of(host, 0, &address);
}

static void begin_lookup(RegNames *names)
{
    GHashTableIter iterator;
    void *host;
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    names->changed = false;
    g_hash_table_iter_init(&iterator, names->hosts);
    while (g_hash_table_iter_next(&iterator, &host, NULL)) {
        if (!is_numeric(host)) {
            g_ptr_array_add(wanted, g_strdup(host));
        }
    }
    if (wanted->len == 0) {
        return;
    }
    g_ptr_array_add(wanted, NULL);
    Lookup *lookup = g_new0(Lookup, 1);
    lookup->names = names;
    lookup->hosts = (char **)g_ptr_array_steal(wanted, NULL);
    lookup->found = g_ptr_array_new();
    names->under_way = lookup;
    reg_worker_give(names->worker, run_lookup, finish_lookup, lookup);
}

static void refresh_names(RegTimer *timer)
{
    begin_lookup(REG_OWNER(timer, RegNames, refresh));
}

RegNames *reg_names_new(RegLoop *loop, RegWorker *worker)
{
    RegNames *names = g_new0(RegNames, 1);
    names->loop = loop;
    names->worker = worker;
    names->refresh.fire = refresh_names;
    names->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_addresses);
    return names;
}

void reg_names_free(RegNames *names)
{
    if (names == NULL) {
        return;
    }
    if (names->under_way != NULL) {
        names->under_way->names = NULL;
    }
    reg_timers_clear(reg_loop_timers(names->loop), &names->refresh);
    g_hash_table_unref(names->hosts);
    g_free(names);
}

/* What was known of it stays known; a number is known at once. */
static GArray *known_addresses(const RegNames *names, const char *host)
{
    GArray *known = g_hash_table_lookup(names->hosts, host);
    RegAddress address;
    if (known != NULL) {
        return g_array_ref(known);
    }
    GArray *addresses = new_addresses();
    if (reg_address_of(host, 0, &address)) {
        g_array_append_val(addresses, address);
    }
    return addresses;
}

void reg_names_set(RegNames *names, const char *const *hosts, size_t count)
{
    GHashTable *wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_addresses);
    for (size_t i = 0; i < count; i++) {
        g_hash_table_replace(wanted, g_strdup(hosts[i]), known_addresses(names, hosts[i]));
    }
    g_hash_table_unref(names->hosts);
    names->hosts = wanted;
    names->changed = true;
    if (names->under_way == NULL) {
        begin_lookup(names);
    }
}

bool reg_names_find(const RegNames *names, const char *host, RegAddress *address)
{
    const GArray *addresses = g_hash_table_lookup(names->hosts, host);
    if (addresses == NULL || addresses->len == 0) {
        return false;
    }
    *address = g_array_index(addresses, RegAddress, 0);
    return true;
}

static bool holds(const GArray *addresses, const RegAddress *address)
{
    for (guint i = 0; addresses != NULL && i < addresses->len; i++) {
        if (reg_address_same_host(&g_array_index(addresses, RegAddress, i), address)) {
            return true;
        }
    }
    return false;
}

bool reg_names_hold(const RegNames *names, const RegAddress *address)
{
    GHashTableIter iterator;
    void *addresses;
    g_hash_table_iter_init(&iterator, names->hosts);
    while (g_hash_table_iter_next(&iterator, NULL, &addresses)) {
        if (holds(addresses, address)) {
            return true;
        }
    }
    return false;
}

bool reg_names_is(const RegNames *names, const char *host, const RegAddress *address)
{
    return holds(g_hash_table_lookup(names->hosts, host), address);
}
