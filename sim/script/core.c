/* sim/script/core.c -- see core.h. */
#include "sim/script/core.h"

#include <string.h>

#include "sim/client/client.h"
#include "sim/study/study.h"
#include "sim/world/world.h"

#define POLL_US 100000
#define SECONDS(n) ((int64_t)(n)*1000000)

struct SimCore {
    GArray *nodes; /* uint32_t */
    int64_t since_us, by_us;
};

void sim_core_free(SimCore *core)
{
    g_array_unref(core->nodes);
    g_free(core);
}

/* --- the bound -------------------------------------------------------------------------------- */

/* What has to happen one after the other in the worst case, each at its slowest. Round trips are
 * taken to be short against a second. */
static int64_t bound_of(const DistroConfig *config)
{
    const int64_t back_off_us = SECONDS(5), report_us = SECONDS(5), cleaner_us = SECONDS(5);
    /* An attempt that runs into its time-out, the longest pause after it, and the handshake. */
    const int64_t reconnect_us =
        config->rpc_server_check_timeout_us + back_off_us + config->rpc_negotiation_timeout_us;
    /* Who was restarted loads at the second attempt. */
    const int64_t load_us = config->load_retry_delay_us + SECONDS(1);
    /* Those outside are held for dead: the connection by its health checks, the member by reports
     * that fail one too many times, in turn and each with its time-out. */
    const int64_t health_us = config->rpc_keep_alive_us +
                              (config->rpc_health_retry_count + 1) * config->rpc_health_timeout_us;
    const int64_t down_us =
        health_us + (config->fail_access_count + 1) * (report_us + config->rpc_timeout_us);
    /* Then what they had brought ends: by the lease, or by the beats that a new owner misses. */
    const int64_t lease_us = config->client_expired_us + config->verify_interval_us + cleaner_us;
    const int64_t beats_us = config->delete_timeout_us + config->verify_interval_us + cleaner_us;
    const int64_t push_us = config->sync_delay_us + config->sync_timeout_us +
                            config->sync_retry_delay_us + config->verify_interval_us;
    /* An SDK whose server fell silent connects to another, and registers again. */
    const int64_t redo_us = SECONDS(5) + 3 * SECONDS(3) + SECONDS(3) + SECONDS(1);
    return reconnect_us + load_us + down_us + MAX(lease_us, beats_us) + push_us + redo_us;
}

static int64_t longest_bound(const SimWorld *world, const GArray *nodes)
{
    int64_t longest_us = 0;
    for (guint i = 0; i < nodes->len; i++) {
        const SimNode *node = sim_world_node(world, g_array_index(nodes, uint32_t, i));
        longest_us = MAX(longest_us, bound_of(&node->config));
    }
    return longest_us;
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool is_in(const SimCore *core, uint32_t node)
{
    for (guint i = 0; i < core->nodes->len; i++) {
        if (g_array_index(core->nodes, uint32_t, i) == node) {
            return true;
        }
    }
    return false;
}

typedef struct Asked {
    const SimWorld *world;
    const SimCore *core;
} Asked;

static bool counts(const void *data, uint32_t client)
{
    const Asked *asked = data;
    return client < asked->world->clients->len &&
           is_in(asked->core, sim_client_server(sim_world_client(asked->world, client)));
}

/* NULL if the core has converged. */
static char *explain(const SimScript *script, const SimCore *core, uint32_t *node,
                     SimInstance *instance)
{
    const Asked asked = { script->world, core };
    return sim_truth_explain_among(script->world->study->truth,
                                   (const uint32_t *)(const void *)core->nodes->data,
                                   core->nodes->len, counts, &asked, node, instance);
}

static void append_names(const SimWorld *world, const GArray *nodes, GString *out)
{
    for (guint i = 0; i < nodes->len; i++) {
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               sim_world_node(world, g_array_index(nodes, uint32_t, i))->name);
    }
}

static void fail(SimScript *script, const SimCore *core, const char *why, uint32_t node,
                 SimInstance instance)
{
    const SimInstanceInfo *info = sim_truth_instance(script->world->study->truth, instance);
    GString *text = g_string_new("the core (");
    append_names(script->world, core->nodes, text);
    g_string_append_printf(text, ") did not converge within %.3f s after the weather: %s",
                           (double)(core->by_us - core->since_us) / 1e6, why);
    sim_script_diverge(script, node, info->client, info->service, g_string_free(text, false));
}

static void look(SimScript *script, void *data, uint64_t word)
{
    SimCore *core = data;
    const int64_t now_us = script->world->now_us;
    uint32_t node;
    SimInstance instance;
    g_autofree char *why = explain(script, core, &node, &instance);
    if (why != NULL && now_us < core->by_us) {
        sim_script_timer(script, MIN(now_us + POLL_US, core->by_us), look, core, word);
        return;
    }
    if (why != NULL) {
        fail(script, core, why, node, instance);
    } else {
        sim_script_settle_debt(script);
    }
}

void sim_core_begin(SimScript *script, GArray *nodes, int64_t set_back_us)
{
    SimCore *core = g_new0(SimCore, 1);
    core->nodes = nodes;
    core->since_us = script->world->now_us;
    core->by_us = core->since_us + longest_bound(script->world, nodes) + set_back_us;
    g_ptr_array_add(script->cores, core);
    GString *text = g_string_new("the weather is over; must converge: ");
    append_names(script->world, nodes, text);
    sim_script_note(script, false, text->str);
    g_string_free(text, true);
    sim_script_timer(script, core->since_us, look, core, 0);
}
