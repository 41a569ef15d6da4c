/* sim/network/intercept.c -- counts matching messages and says which are hit. */
#include "sim/network/intercept.h"

typedef struct Rule {
    SimIntercept what; /* owns its nth */
    bool stopped;
    SimPrng prng;
    uint64_t matched; /* messages that matched so far */
    guint next_nth;   /* of what.nth, the first ordinal not yet passed */
    GArray *times;    /* int64_t: when those that were hit were sent */
} Rule;

struct SimIntercepts {
    uint64_t seed;
    guint active;
    GPtrArray *rules;
};

static void free_rule(gpointer data)
{
    Rule *rule = data;
    g_clear_pointer(&rule->what.nth, g_array_unref);
    g_array_unref(rule->times);
    g_free(rule);
}

SimIntercepts *sim_intercepts_new(uint64_t seed)
{
    SimIntercepts *intercepts = g_new0(SimIntercepts, 1);
    intercepts->seed = seed;
    intercepts->rules = g_ptr_array_new_with_free_func(free_rule);
    return intercepts;
}

void sim_intercepts_free(SimIntercepts *intercepts)
{
    if (intercepts == NULL) {
        return;
    }
    g_ptr_array_unref(intercepts->rules);
    g_free(intercepts);
}

uint32_t sim_intercepts_add(SimIntercepts *intercepts, const SimIntercept *intercept)
{
    uint32_t number = intercepts->rules->len;
    Rule *rule = g_new0(Rule, 1);
    rule->what = *intercept;
    rule->prng = sim_prng_stream_n(intercepts->seed, "net/intercept", number);
    rule->times = g_array_new(false, false, sizeof(int64_t));
    g_ptr_array_add(intercepts->rules, rule);
    intercepts->active++;
    return number;
}

void sim_intercepts_redraw(SimIntercepts *intercepts, uint64_t seed)
{
    for (guint i = 0; i < intercepts->rules->len; i++) {
        Rule *rule = intercepts->rules->pdata[i];
        sim_prng_redraw(&rule->prng, seed);
    }
    intercepts->seed ^= seed;
}

static Rule *get_rule(const SimIntercepts *intercepts, uint32_t number)
{
    g_assert_cmpuint(number, <, intercepts->rules->len);
    return intercepts->rules->pdata[number];
}

void sim_intercepts_stop(SimIntercepts *intercepts, uint32_t number)
{
    Rule *rule = get_rule(intercepts, number);
    if (!rule->stopped) {
        intercepts->active--;
    }
    rule->stopped = true;
}

bool sim_intercepts_active(const SimIntercepts *intercepts)
{
    return intercepts->active > 0;
}

uint64_t sim_intercepts_hits(const SimIntercepts *intercepts, uint32_t number)
{
    return get_rule(intercepts, number)->times->len;
}

const GArray *sim_intercepts_times(const SimIntercepts *intercepts, uint32_t number)
{
    return get_rule(intercepts, number)->times;
}

/* --- matching -------------------------------------------------------------------------------- */

static bool is_party(SimEndpoint asked, SimEndpoint endpoint, SimEndpoint process)
{
    return asked == SIM_NO_ENDPOINT || asked == endpoint || asked == process;
}

static bool matches(const Rule *rule, const SimSent *sent)
{
    const SimIntercept *what = &rule->what;
    return !rule->stopped &&
           (what->cluster == SIM_ALL_CLUSTERS || what->cluster == sent->cluster) &&
           is_party(what->from, sent->from, sent->from_process) &&
           is_party(what->to, sent->to, sent->to_process) &&
           (what->op == SIM_N_OPS || what->op == sent->op) && sent->at_us >= what->after_us &&
           sent->at_us < what->before_us;
}

/* Ordinals ascend, so one look at the next of them is enough. */
static bool is_chosen(Rule *rule)
{
    const GArray *nth = rule->what.nth;
    rule->matched++;
    if (rule->what.all) {
        return true;
    }
    if (nth == NULL) {
        return false;
    }
    while (rule->next_nth < nth->len &&
           g_array_index(nth, uint64_t, rule->next_nth) < rule->matched) {
        rule->next_nth++;
    }
    return rule->next_nth < nth->len &&
           g_array_index(nth, uint64_t, rule->next_nth) == rule->matched;
}

static void add_action(SimInterception *sum, const SimIntercept *what)
{
    switch (what->action) {
    case SIM_INTERCEPT_OBSERVE:
        break;
    case SIM_INTERCEPT_DROP:
        sum->drop = true;
        break;
    case SIM_INTERCEPT_DELAY:
        sum->delay_us += what->by_us;
        break;
    case SIM_INTERCEPT_DROP_REPLY:
        sum->drop_reply = true;
        break;
    case SIM_INTERCEPT_DELAY_REPLY:
        sum->reply_delay_us += what->by_us;
        break;
    case SIM_INTERCEPT_REFUSE_APPLY:
        sum->refuse_apply = true;
        sum->reply_ok = what->reply_ok;
        break;
    case SIM_INTERCEPT_DUPLICATE:
        sum->duplicate = true;
        break;
    }
}

SimInterception sim_intercepts_apply(SimIntercepts *intercepts, const SimSent *sent)
{
    SimInterception sum = { 0 };
    for (guint i = 0; i < intercepts->rules->len; i++) {
        Rule *rule = intercepts->rules->pdata[i];
        if (!matches(rule, sent) || !is_chosen(rule) ||
            !sim_prng_hits(&rule->prng, rule->what.chance)) {
            continue;
        }
        g_array_append_val(rule->times, sent->at_us);
        add_action(&sum, &rule->what);
    }
    return sum;
}
