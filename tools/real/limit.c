/* tools/real/limit.c -- see limit.h. */
#include "tools/real/limit.h"

#include <string.h>

#include "tools/distrod/net/address.h"

enum {
    MAIN_PORT = 8848,
};

/* Each with its fields, where it has some that are not taken: "cut" takes "oneway" alone. What is
 * not in here at all is refused by its verb. */
static const char *const allowed[] = {
    "World:nodes",
    "World:node",
    "World:live_nodes",
    "World:site",
    "World:join",
    "World:leave",
    "World:crash",
    "World:restart",
    "World:stop",
    "World:pause",
    "World:partition",
    "World:isolate",
    "World:cut",
    "World:heal",
    "World:link",
    "World:client",
    "World:converged",
    "World:agree",
    "World:all_know",
    "World:none_knows",
    "World:truth",
    "Node:instances",
    "Node:stored",
    "Node:knows",
    "Node:services",
    "Node:count",
    "Node:alive",
    "Node:owns",
    "Node:state",
    "Client:sees",
    "Client:server",
    "Client:register",
    "Client:update",
    "Client:deregister",
    "Client:close",
    "Client:crash",
    "Client:kill",
    "Client:subscribe",
    "Watch:first",
    "Watch:spans",
    "Watch:stop",
    "Every:stop",
    "checks.no_lost_instances",
    "checks.no_zombies",
    "checks.no_empty_service",
    "checks.no_stale_content",
    "checks.no_lost_write",
    "must_see node.boot",
    "must_see node.crash",
    "must_see node.stop",
    "must_see node.pause",
    "must_see node.resume",
    "must_see node.join",
    "must_see node.leave",
    "must_see link.cut",
    "must_see link.heal",
    "must_see link.degraded",
    "must_see client.connected",
    "must_see client.closed",
    "must_see client.killed",
    "must_see client.crashed",
    "must_see client.switched",
    "must_see client.redo",
    "must_see client.registered",
    "must_see client.updated",
    "must_see client.deregistered",
    "must_see client.failed",
};

/* Fields of these are looked at one by one; those of anything else (a check's, a service's) are as
 * good as what has them. */
static const struct {
    const char *verb;
    const char *fields; /* with spaces around each */
} limited[] = {
    { "topology", " nodes sites lan wan links rtt_from profile profiles settings boot " },
    { "lan", " rtt delay loss jitter bandwidth queue burst " },
    { "wan", " rtt delay loss jitter bandwidth queue burst " },
    { "links", " rtt delay loss jitter bandwidth queue burst " },
    { "link", " rtt delay loss jitter bandwidth " },
    { "cut", " oneway " },
    { "join", " site " },
    { "client", " name server ip port subscribe sdk " },
    { "register", " service group namespace ip port weight healthy enabled cluster metadata " },
    { "update", " service group namespace ip port weight healthy enabled cluster metadata " },
    { "deregister", " service group namespace " },
};

static bool allows_field(const char *name, const char *dot)
{
    g_autofree char *field = g_strdup_printf(" %s ", dot + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(limited); i++) {
        const size_t size = strlen(limited[i].verb);
        if ((size_t)(dot - name) == size && strncmp(limited[i].verb, name, size) == 0) {
            return strstr(limited[i].fields, field) != NULL;
        }
    }
    return true;
}

bool real_limit_allows(const char *name)
{
    const char *dot = strchr(name, '.');
    const bool field = dot != NULL && !g_str_has_prefix(name, "checks.") &&
                       !g_str_has_prefix(name, "must_see ") && strchr(name, ':') == NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(allowed) && !field; i++) {
        if (strcmp(allowed[i], name) == 0) {
            return true;
        }
    }
    return field && allows_field(name, dot);
}

const char *real_limit_of_world(const SimWorld *world)
{
    const SimWorldSpec *spec = world->spec;
    if (world->clusters->len > 1 || world->bridges->len > 0) {
        return "several clusters cannot be played on real servers";
    }
    if (spec->default_client != SIM_CLIENT_GRPC) {
        return "clients of 1.x cannot be played on real servers";
    }
    for (guint i = 0; i < world->nodes->len; i++) {
        g_autofree char *host = NULL;
        uint16_t port = 0;
        const SimNode *node = sim_world_node(world, i);
        if (!reg_address_split(node->address, &host, &port) || port != MAIN_PORT ||
            !g_str_has_prefix(host, "10.")) {
            return "a real server stands at 10.x.y.z:8848";
        }
        if (!node->config.protocol->has_rpc) {
            return "a profile of 1.x cannot be played on real servers";
        }
    }
    return NULL;
}
