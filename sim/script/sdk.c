/* sim/script/sdk.c -- fields of w:client and w:fleet that say how the SDK behaves. */
#include "sim/base/nearest.h"
#include "sim/script/nodes.h"

static const char *const kinds[] = { "nacos-client-2", "nacos-client-1", NULL };

const SimSdkRelease *sim_check_release(lua_State *L, const char *key, const char *name)
{
    const SimSdkRelease *release = sim_sdk_find(name);
    if (release != NULL) {
        return release;
    }
    size_t count;
    const SimSdkRelease *rows = sim_sdk_releases(&count);
    const char **names = lua_newuserdatauv(L, sizeof *names * count, 0);
    for (size_t i = 0; i < count; i++) {
        names[i] = rows[i].name;
    }
    sim_raise_field(L, key, "field '%s': there is no SDK '%s'; did you mean '%s'? (distrosim sdks)",
                    key, name, sim_nearest_name(name, names, count));
}

/* What topology.clients says of this kind, or the newest. */
static SimSdk usual_sdk(lua_State *L, const char *verb, SimClientKind kind)
{
    const SimWorldSpec *spec = sim_check_world(L, verb)->spec;
    bool named = spec->default_release != NULL && spec->default_client == kind;
    return named ? sim_sdk_of(sim_sdk_find(spec->default_release)) : sim_sdk_default(kind);
}

static void check_release(lua_State *L, int table, const char *verb, SimClientKind *kind,
                          SimSdk *sdk)
{
    const char *name;
    bool kind_given = lua_getfield(L, table, "kind") != LUA_TNIL;
    lua_pop(L, 1);
    if (!sim_opt_string(L, table, "sdk", &name)) {
        *sdk = usual_sdk(L, verb, *kind);
        return;
    }
    const SimSdkRelease *release = sim_check_release(L, "sdk", name);
    if (kind_given && *kind != release->kind) {
        sim_raise_field(L, "sdk", "%s: the SDK %s is a %s", verb, name, kinds[release->kind]);
    }
    *kind = release->kind;
    *sdk = sim_sdk_of(release);
}

/* Fields that one kind of SDK has and the other has not. */
static void refuse_foreign(lua_State *L, int table, const char *verb, SimClientKind kind)
{
    static const char *const of_1[] = { "keep_alive", "beat_threads", "light_beats", NULL };
    static const char *const of_2[] = { "async_query", NULL };
    for (const char *const *name = kind == SIM_CLIENT_GRPC ? of_1 : of_2; *name != NULL; name++) {
        if (lua_getfield(L, table, *name) != LUA_TNIL) {
            sim_raise_field(L, *name, "%s: a %s has no '%s'", verb, kinds[kind], *name);
        }
        lua_pop(L, 1);
    }
}

void sim_opt_sdk(lua_State *L, int table, const char *verb, SimClientKind *kind, SimSdk *sdk)
{
    int64_t threads;
    int which;
    if (sim_opt_choice(L, table, "kind", kinds, &which)) {
        *kind = which == 0 ? SIM_CLIENT_GRPC : SIM_CLIENT_HTTP;
    }
    check_release(L, table, verb, kind, sdk);
    refuse_foreign(L, table, verb, *kind);
    sim_opt_boolean(L, table, "empty_protection", &sdk->empty_protection);
    sim_opt_boolean(L, table, "async_query", &sdk->async_query);
    sim_opt_boolean(L, table, "light_beats", &sdk->light_beats);
    sim_opt_duration(L, table, "keep_alive", &sdk->keep_alive_us);
    if (sim_opt_integer(L, table, "beat_threads", 1, 1024, &threads)) {
        sdk->beat_threads = (uint32_t)threads;
    }
}

void sim_opt_balance(lua_State *L, int table, const char *verb, bool dual, SimBalanceSpec *spec)
{
    static const char *const ways[] = SIM_BALANCINGS;
    int way = SIM_BALANCE_LIST;
    *spec = (SimBalanceSpec) { .ttl_us = SIM_DNS_TTL_US };
    if (sim_opt_choice(L, table, "lb", ways, &way) && way != SIM_BALANCE_LIST && dual) {
        sim_raise_field(L, "lb", "%s: a dual client knows the servers of both clusters: no 'lb'",
                        verb);
    }
    if (sim_opt_duration(L, table, "dns_ttl", &spec->ttl_us) && way != SIM_BALANCE_DNS) {
        sim_raise_field(L, "dns_ttl", "%s: 'dns_ttl' needs lb = \"dns\"", verb);
    }
    spec->way = (SimBalancing)way;
}
