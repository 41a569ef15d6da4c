/* tools/distrod/net/limits.c -- counts of connections by source address. */
#include "tools/distrod/net/limits.h"

struct RegCensus {
    const RegLimits *limits;
    GHashTable *by_address; /* ip -> count */
    uint32_t connections;
    uint64_t refused;
    uint64_t held_bytes;
};

RegCensus *reg_census_new(const RegLimits *limits)
{
    RegCensus *census = g_new0(RegCensus, 1);
    census->limits = limits;
    census->by_address = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return census;
}

void reg_census_free(RegCensus *census)
{
    if (census == NULL) {
        return;
    }
    g_hash_table_unref(census->by_address);
    g_free(census);
}

static uint32_t count_of(const RegCensus *census, const char *ip)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(census->by_address, ip));
}

RegRefusal reg_census_enter(RegCensus *census, const RegAddress *address)
{
    char ip[REG_ADDRESS_TEXT];
    reg_address_ip(address, ip);
    const uint32_t count = count_of(census, ip);
    if (census->connections >= census->limits->max_connections) {
        census->refused++;
        return REG_REFUSED_TOTAL;
    }
    if (count >= census->limits->max_per_address) {
        census->refused++;
        return REG_REFUSED_ADDRESS;
    }
    census->connections++;
    g_hash_table_replace(census->by_address, g_strdup(ip), GUINT_TO_POINTER(count + 1));
    return REG_ADMITTED;
}

void reg_census_leave(RegCensus *census, const RegAddress *address)
{
    char ip[REG_ADDRESS_TEXT];
    reg_address_ip(address, ip);
    const uint32_t count = count_of(census, ip);
    g_assert_cmpuint(count, >, 0);
    g_assert_cmpuint(census->connections, >, 0);
    census->connections--;
    if (count == 1) {
        g_hash_table_remove(census->by_address, ip);
    } else {
        g_hash_table_replace(census->by_address, g_strdup(ip), GUINT_TO_POINTER(count - 1));
    }
}

uint32_t reg_census_connections(const RegCensus *census)
{
    return census->connections;
}

uint64_t reg_census_refused(const RegCensus *census)
{
    return census->refused;
}

bool reg_census_hold(RegCensus *census, size_t before, size_t now)
{
    g_assert_cmpuint(census->held_bytes, >=, before);
    const uint64_t held_bytes = census->held_bytes - before + now;
    if (now > before && held_bytes > census->limits->max_held_bytes) {
        return false;
    }
    census->held_bytes = held_bytes;
    return true;
}

const RegLimits *reg_census_limits(const RegCensus *census)
{
    return census->limits;
}
