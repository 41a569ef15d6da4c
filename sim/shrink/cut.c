/* sim/shrink/cut.c -- what may be cut from a story: clients, faults and steps; nodes, links and
 * settings; time; words. Each cut is attempted, and stays if the story still fails the same way. */
#include <string.h>

#include "sim/shrink/internal.h"

enum {
    READABLE_LINES = 15
};
#define SETTLE_US (5 * SECOND_US) /* a push, its retry and a round of VERIFY */

/* --- cutting --------------------------------------------------------------------------------- */

/* Takes out step @index; what was waited before it is waited all the same. */
static void remove_step(SimStory *story, guint index)
{
    const SimStoryStep *step = shrink_step(story, index);
    int64_t gap_us = step->gap_us;
    if (!step->posts && step->action->took_us > SECOND_US / 10) {
        gap_us += step->action->took_us;
    }
    g_array_remove_index(story->steps, index);
    if (index < story->steps->len) {
        shrink_step(story, index)->gap_us += gap_us;
    }
}

/* Steps that would not be written any more are dropped. (transfer full) */
SimStory *shrink_purged(SimStory *story)
{
    for (guint i = story->steps->len; i-- > 0;) {
        if (!sim_story_lives(story, shrink_step(story, i))) {
            remove_step(story, i);
        }
    }
    return story;
}

static bool is_mark(const SimAction *action)
{
    return action->kind == SIM_ACTION_CLAIM || action->kind == SIM_ACTION_END;
}

/* Gives every step the number of its unit, from 1; 0: it stays. Returns how many units there are.
 */
typedef guint (*NumberUnits)(const SimStory *story, guint *units);

static guint units_by_client(const SimStory *story, guint *units)
{
    guint count = 0;
    g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = shrink_step(story, i)->action;
        gpointer key = GUINT_TO_POINTER(action->client + 1); /* 0: no client's */
        if (action->client == UINT32_MAX || is_mark(action)) {
            continue;
        }
        if (!g_hash_table_contains(numbers, key)) {
            g_hash_table_insert(numbers, key, GUINT_TO_POINTER(++count));
        }
        units[i] = GPOINTER_TO_UINT(g_hash_table_lookup(numbers, key));
    }
    return count;
}

static bool concerns_same(const SimAction *a, const SimAction *b)
{
    const GArray *x = a->groups->len > 0 ? a->groups->pdata[0] : NULL;
    const GArray *y = b->groups->len > 0 ? b->groups->pdata[0] : NULL;
    return x != NULL && y != NULL && x->len > 0 && y->len > 0 &&
           g_array_index(x, SimParty, 0).index == g_array_index(y, SimParty, 0).index;
}

/* Is @later what ends @fault? */
static bool ends(const SimAction *fault, const SimAction *later)
{
    switch (fault->kind) {
    case SIM_ACTION_CRASH:
    case SIM_ACTION_STOP:
        return later->kind == SIM_ACTION_RESTART && concerns_same(fault, later);
    case SIM_ACTION_PARTITION:
    case SIM_ACTION_ISOLATE:
    case SIM_ACTION_CUT:
    case SIM_ACTION_BRIDGE:
    case SIM_ACTION_RING:
    case SIM_ACTION_BLACKHOLE:
    case SIM_ACTION_LINK:
        return later->kind == SIM_ACTION_HEAL &&
               (later->groups->len == 0 || concerns_same(fault, later));
    case SIM_ACTION_INTERCEPT:
        return later->kind == SIM_ACTION_INTERCEPT_STOP && later->number == fault->number;
    default:
        return false;
    }
}

/* A fault and what ends it. */
static guint units_by_fault(const SimStory *story, guint *units)
{
    guint count = 0;
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = shrink_step(story, i)->action;
        if (action->client != UINT32_MAX || is_mark(action) || units[i] > 0) {
            continue;
        }
        units[i] = ++count;
        for (guint k = i + 1; k < story->steps->len; k++) {
            if (units[k] == 0 && ends(action, shrink_step(story, k)->action)) {
                units[k] = count;
                break;
            }
        }
    }
    return count;
}

static guint units_by_step(const SimStory *story, guint *units)
{
    guint count = 0;
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = shrink_step(story, i)->action;
        if (!is_mark(action) && action->kind != SIM_ACTION_CLIENT) {
            units[i] = ++count;
        }
    }
    return count;
}

static SimStory *without_units(const SimStory *story, const guint *units, guint from, guint to)
{
    SimStory *less = sim_story_copy(story);
    for (guint i = less->steps->len; i-- > 0;) {
        if (units[i] >= from && units[i] <= to) {
            remove_step(less, i);
        }
    }
    return shrink_purged(less);
}

static guint *number_steps(const SimStory *story, NumberUnits number, guint *count)
{
    guint *units = g_new0(guint, story->steps->len + 1);
    *count = number(story, units);
    return units;
}

/* Delta debugging: all units at once, then halves, quarters, ... single ones; the late ones first,
 * for what failed needs its beginning more often than its end. */
static bool cut_units(Shrink *shrink, NumberUnits number)
{
    bool cut = false;
    guint count;
    g_free(number_steps(shrink->best, number, &count));
    for (guint size = count; size > 0; size = size > 1 ? (size + 1) / 2 : 0) {
        guint to = count;
        while (to > 0 && !shrink->stopped) {
            guint from = to > size ? to - size + 1 : 1;
            g_autofree guint *units = number_steps(shrink->best, number, &count);
            if (from > count) {
                break;
            }
            cut |= shrink_attempt(shrink, without_units(shrink->best, units, from, to));
            to = from - 1;
        }
        g_free(number_steps(shrink->best, number, &count));
        size = MIN(size, MAX(count, 1));
        if (count == 0) {
            break;
        }
    }
    return cut;
}

/* --- the stage ------------------------------------------------------------------------------- */

static SimStageNode *stage_node(SimStory *story, guint index)
{
    return &g_array_index(story->stage.nodes, SimStageNode, index);
}

static guint count_nodes(const SimStory *story)
{
    guint count = 0;
    for (guint i = 0; i < story->stage.nodes->len; i++) {
        count += !g_array_index(story->stage.nodes, SimStageNode, i).gone;
    }
    return count;
}

static bool cut_nodes(Shrink *shrink)
{
    bool cut = false;
    for (guint i = shrink->best->stage.nodes->len; i-- > 0 && count_nodes(shrink->best) > 1;) {
        SimStory *less = sim_story_copy(shrink->best);
        if (stage_node(less, i)->gone) {
            sim_story_free(less);
            continue;
        }
        stage_node(less, i)->gone = true;
        cut |= shrink_attempt(shrink, shrink_purged(less));
    }
    return cut;
}

/* The copy of step @index's action in @story, which may be edited. */
static SimAction *edit_action(Shrink *shrink, SimStory *story, guint index)
{
    SimAction *copy = sim_action_copy(shrink_step(story, index)->action);
    g_ptr_array_add(shrink->edited, copy);
    shrink_step(story, index)->action = copy;
    return copy;
}

static bool cut_parties(Shrink *shrink)
{
    bool cut = false;
    for (guint i = shrink->best->steps->len; i-- > 0;) {
        for (guint g = shrink_step(shrink->best, i)->action->groups->len; g-- > 0;) {
            const GArray *group = shrink_step(shrink->best, i)->action->groups->pdata[g];
            for (guint k = group->len; k-- > 0 && group->len > 1;) {
                SimStory *less = sim_story_copy(shrink->best);
                SimAction *action = edit_action(shrink, less, i);
                g_array_remove_index(action->groups->pdata[g], k);
                cut |= shrink_attempt(shrink, less);
                group = shrink_step(shrink->best, i)->action->groups->pdata[g];
                k = MIN(k, group->len);
            }
        }
    }
    return cut;
}

typedef void (*EditLink)(SimLink *link);

static void drop_jitter(SimLink *link)
{
    link->jitter = 0;
}

static void drop_loss(SimLink *link)
{
    link->loss = link->burst_enter = 0;
}

static void drop_bandwidth(SimLink *link)
{
    link->bandwidth_bps = link->queue_bytes = 0;
}

static void drop_datagrams(SimLink *link)
{
    link->duplicate = link->reorder = link->corrupt = 0;
    link->mtu_bytes = link->drop_above_bytes = 0;
}

static void make_plain(SimLink *link)
{
    drop_jitter(link);
    drop_loss(link);
    drop_bandwidth(link);
    drop_datagrams(link);
}

static void make_usual(SimLink *link)
{
    make_plain(link);
    link->delay_us = 150;
}

static void round_delay(SimLink *link)
{
    if (link->delay_us > 500) {
        link->delay_us = (link->delay_us + 250) / 500 * 500;
    }
}

static bool edit_links(Shrink *shrink, EditLink edit)
{
    SimStory *plainer = sim_story_copy(shrink->best);
    for (guint i = 0; i < plainer->stage.links->len; i++) {
        edit(&g_array_index(plainer->stage.links, SimLink, i));
    }
    return shrink_attempt(shrink, plainer);
}

typedef void (*EditStage)(SimStage *stage);

static uint32_t cluster_of(const SimStage *stage, guint node)
{
    uint32_t site = g_array_index(stage->nodes, SimStageNode, node).site;
    return g_array_index(stage->sites, SimStageSite, site).cluster;
}

/* The cluster that all nodes left belong to; SIM_ALL_CLUSTERS if there are several. */
static uint32_t only_cluster(const SimStage *stage)
{
    uint32_t only = SIM_ALL_CLUSTERS;
    for (guint i = 0; i < stage->nodes->len; i++) {
        if (g_array_index(stage->nodes, SimStageNode, i).gone) {
            continue;
        }
        if (only != SIM_ALL_CLUSTERS && cluster_of(stage, i) != only) {
            return SIM_ALL_CLUSTERS;
        }
        only = cluster_of(stage, i);
    }
    return only;
}

/* What was said of the only cluster is said of all nodes. */
static void join_sites(SimStage *stage)
{
    uint32_t cluster = only_cluster(stage);
    const char *profile = g_array_index(stage->clusters, SimStageCluster, cluster).profile;
    stage->one_site = true;
    stage->profile = profile != NULL ? profile : stage->profile;
    for (guint i = 0; i < stage->settings->len; i++) {
        SimStageSetting *setting = &g_array_index(stage->settings, SimStageSetting, i);
        setting->cluster = setting->cluster == cluster ? UINT32_MAX : setting->cluster;
    }
}

static void drop_settings(SimStage *stage)
{
    g_array_set_size(stage->settings, 0);
}

static void drop_framing(SimStage *stage)
{
    stage->framing_bytes = SIM_FRAMING_TCP;
}

static void drop_boot(SimStage *stage)
{
    stage->manual_boot = false;
}

static void drop_profiles(SimStage *stage)
{
    for (guint i = 0; i < stage->clusters->len; i++) {
        g_array_index(stage->clusters, SimStageCluster, i).profile = NULL;
    }
    for (guint i = 0; i < stage->nodes->len; i++) {
        g_array_index(stage->nodes, SimStageNode, i).profile = NULL;
    }
}

static void use_newest_profile(SimStage *stage)
{
    stage->profile = "nacos-3.0";
    drop_profiles(stage);
}

static void drop_clocks(SimStage *stage)
{
    for (guint i = 0; i < stage->nodes->len; i++) {
        g_array_index(stage->nodes, SimStageNode, i).clock = (SimClockSpec) { 0 };
    }
}

static void drop_addresses(SimStage *stage)
{
    for (guint i = 0; i < stage->nodes->len; i++) {
        g_array_index(stage->nodes, SimStageNode, i).address = NULL;
        g_array_index(stage->nodes, SimStageNode, i).known_as = NULL;
    }
}

static bool edit_stage(Shrink *shrink, EditStage edit)
{
    SimStory *plainer = sim_story_copy(shrink->best);
    edit(&plainer->stage);
    return shrink_attempt(shrink, plainer);
}

static bool cut_settings(Shrink *shrink)
{
    bool cut = false;
    for (guint i = shrink->best->stage.settings->len; i-- > 0;) {
        SimStory *less = sim_story_copy(shrink->best);
        g_array_remove_index(less->stage.settings, i);
        cut |= shrink_attempt(shrink, less);
    }
    return cut;
}

/* A bridge goes as a whole, with what was done to it. */
static bool cut_bridges(Shrink *shrink)
{
    bool cut = false;
    for (guint i = shrink->best->stage.bridges->len; i-- > 0;) {
        SimStory *less = sim_story_copy(shrink->best);
        g_array_index(less->stage.bridges, SimStageBridge, i).gone = true;
        cut |= shrink_attempt(shrink, shrink_purged(less));
    }
    return cut;
}

static bool may_join(const SimStage *stage)
{
    return stage->sites->len > 1 && !stage->one_site && only_cluster(stage) != SIM_ALL_CLUSTERS;
}

static bool cut_stage(Shrink *shrink)
{
    static const EditLink links[] = { make_usual,     make_plain,     drop_jitter, drop_loss,
                                      drop_bandwidth, drop_datagrams, round_delay };
    static const EditStage stages[] = { join_sites,   use_newest_profile, drop_profiles,
                                        drop_clocks,  drop_addresses,     drop_settings,
                                        drop_framing, drop_boot };
    bool cut = false;
    for (size_t i = 0; i < G_N_ELEMENTS(stages); i++) {
        if (stages[i] != join_sites || may_join(&shrink->best->stage)) {
            cut |= edit_stage(shrink, stages[i]);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        cut |= edit_links(shrink, links[i]);
    }
    return cut_settings(shrink) || cut;
}

/* --- time ------------------------------------------------------------------------------------ */

/* Durations that read well, in milliseconds. */
static const int64_t nice_ms[] = { 0,      100,     500,     1000,   2000,   5000,   10000,
                                   15000,  20000,   30000,   40000,  50000,  60000,  90000,
                                   120000, 150000,  180000,  200000, 240000, 300000, 600000,
                                   900000, 1200000, 1800000, 3600000 };

static int64_t round_up(int64_t us, int64_t unit_us)
{
    return (us + unit_us - 1) / unit_us * unit_us;
}

static int64_t *gap_of(Shrink *shrink, SimStory *story, guint index, bool duration)
{
    return duration ? &edit_action(shrink, story, index)->for_us
                    : &shrink_step(story, index)->gap_us;
}

/* Index of the claim in the story; its length if there is none. */
static guint claim_index(const SimStory *story)
{
    guint index = 0;
    while (index < story->steps->len &&
           shrink_step(story, index)->action->kind != SIM_ACTION_CLAIM) {
        index++;
    }
    return index;
}

/* A claim allows what came before it some time. So a gap after the first action is not shortened
 * but moved: later actions come sooner, the claim stands where it stood. */
static bool try_time(Shrink *shrink, guint index, bool duration, int64_t us)
{
    SimStory *story = sim_story_copy(shrink->best);
    int64_t *gap_us = gap_of(shrink, story, index, duration);
    guint claim = claim_index(story);
    if (!duration && index > 0 && claim < story->steps->len && index < claim) {
        shrink_step(story, claim)->gap_us += MAX(0, *gap_us - us);
    }
    *gap_us = us;
    return shrink_attempt(shrink, story);
}

static int64_t time_at(const Shrink *shrink, guint index, bool duration)
{
    const SimStoryStep *step = shrink_step(shrink->best, index);
    return duration ? step->action->for_us : step->gap_us;
}

/* How short a wait may become. What had time to settle before the next action keeps that time, for
 * actions in a hurry fail in ways of their own; unless the story is too long to read otherwise. */
static int64_t least_time(const Shrink *shrink, guint index, bool duration)
{
    const SimStoryStep *step = shrink_step(shrink->best, index);
    unsigned lines;
    g_free(sim_story_text(shrink->best, &lines));
    bool settles = !duration && index > 0 && step->action->kind != SIM_ACTION_END &&
                   step->gap_us >= SETTLE_US && lines <= READABLE_LINES;
    return settles ? SETTLE_US : 0;
}

static bool round_time(Shrink *shrink, guint index, bool duration)
{
    static const int64_t units_us[] = { 10 * SECOND_US, 5 * SECOND_US, SECOND_US, SECOND_US / 10 };
    int64_t now_us = time_at(shrink, index, duration);
    for (size_t i = 0; i < G_N_ELEMENTS(units_us) && now_us % units_us[i] != 0; i++) {
        if (try_time(shrink, index, duration, round_up(now_us, units_us[i])) ||
            try_time(shrink, index, duration, now_us / units_us[i] * units_us[i])) {
            return true;
        }
    }
    return false;
}

/* The least nice duration that does, by bisection; failing that, whole seconds or tenths. */
static bool shorten(Shrink *shrink, guint index, bool duration)
{
    int64_t now_us = time_at(shrink, index, duration);
    int64_t least_us = least_time(shrink, index, duration);
    size_t low = 0, high = 0;
    while (low < G_N_ELEMENTS(nice_ms) && nice_ms[low] * 1000 < least_us) {
        low++;
    }
    while (high < G_N_ELEMENTS(nice_ms) && nice_ms[high] * 1000 < now_us) {
        high++;
    }
    if (now_us <= least_us || low >= high) {
        return false;
    }
    if (try_time(shrink, index, duration, nice_ms[low] * 1000)) {
        return true;
    }
    bool shorter = false;
    for (low++; low < high && !shrink->stopped;) {
        size_t middle = low + (high - low) / 2;
        if (try_time(shrink, index, duration, nice_ms[middle] * 1000)) {
            shorter = true;
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return round_time(shrink, index, duration) || shorter;
}

/* What the story leaves before its claim stays, and becomes a round number at most. */
static bool round_claims_gap(Shrink *shrink, guint index)
{
    int64_t gap_us = shrink_step(shrink->best, index)->gap_us;
    SimClaimKind kind = shrink->best->claim->kind;
    bool patient =
        !shrink->best->stand_in && (kind == SIM_CLAIM_EVENTUALLY || kind == SIM_CLAIM_SETTLE);
    if (patient && gap_us > 0 && gap_us <= SECOND_US && try_time(shrink, index, false, 0)) {
        return true;
    }
    return (gap_us % SECOND_US != 0 &&
            try_time(shrink, index, false, round_up(gap_us, SECOND_US))) ||
           (gap_us % (SECOND_US / 10) != 0 &&
            try_time(shrink, index, false, round_up(gap_us, SECOND_US / 10)));
}

/* After the failure nothing is worth waiting for. */
static bool trim_end(Shrink *shrink)
{
    guint last = shrink->best->steps->len - 1;
    const SimStoryStep *step = shrink_step(shrink->best, last);
    int64_t spare_us = shrink->best_way.end_us - shrink->best_way.at_us;
    if (step->action->kind != SIM_ACTION_END || spare_us <= 0) {
        return false;
    }
    int64_t least_us = round_up(MAX(0, step->gap_us - spare_us), SECOND_US);
    return least_us < step->gap_us && try_time(shrink, last, false, least_us);
}

static bool cut_time(Shrink *shrink)
{
    bool cut = trim_end(shrink);
    for (guint i = shrink->best->steps->len; i-- > 0 && !shrink->stopped;) {
        if (shrink_step(shrink->best, i)->action->kind == SIM_ACTION_CLAIM) {
            cut |= round_claims_gap(shrink, i);
        } else {
            cut |= shorten(shrink, i, false);
        }
        if (shrink_step(shrink->best, i)->action->for_us > 0) {
            cut |= shorten(shrink, i, true);
        }
    }
    return trim_end(shrink) || cut;
}

/* --- words ----------------------------------------------------------------------------------- */

static bool drop_field(Shrink *shrink, guint index, guint field)
{
    SimStory *less = sim_story_copy(shrink->best);
    g_ptr_array_remove_index(edit_action(shrink, less, index)->fields, field);
    return shrink_attempt(shrink, less);
}

/* Every field that may be dropped, of every action at once. */
static bool drop_all_fields(Shrink *shrink)
{
    SimStory *less = sim_story_copy(shrink->best);
    bool any = false;
    for (guint i = 0; i < less->steps->len; i++) {
        const GPtrArray *fields = shrink_step(less, i)->action->fields;
        bool drops = false;
        for (guint k = 0; k < fields->len; k++) {
            drops |= !((const SimActionField *)fields->pdata[k])->needed;
        }
        SimAction *action = drops ? edit_action(shrink, less, i) : NULL;
        for (guint k = action != NULL ? action->fields->len : 0; k-- > 0;) {
            if (!((const SimActionField *)action->fields->pdata[k])->needed) {
                g_ptr_array_remove_index(action->fields, k);
            }
        }
        any |= drops;
    }
    if (any) {
        return shrink_attempt(shrink, less);
    }
    sim_story_free(less);
    return false;
}

static bool cut_fields(Shrink *shrink)
{
    bool cut = drop_all_fields(shrink);
    for (guint i = 0; i < shrink->best->steps->len && !shrink->stopped; i++) {
        for (guint k = shrink_step(shrink->best, i)->action->fields->len; k-- > 0;) {
            const SimActionField *field = shrink_step(shrink->best, i)->action->fields->pdata[k];
            if (!field->needed) {
                cut |= drop_field(shrink, i, k);
            }
        }
    }
    return cut;
}

static bool wait_for_posts(Shrink *shrink)
{
    bool cut = false;
    for (guint i = 0; i < shrink->best->steps->len; i++) {
        if (!shrink_step(shrink->best, i)->posts) {
            continue;
        }
        SimStory *plainer = sim_story_copy(shrink->best);
        shrink_step(plainer, i)->posts = false;
        cut |= shrink_attempt(shrink, plainer);
    }
    return cut;
}

static bool has_lines(const char *text)
{
    return text != NULL && strchr(text, '\n') != NULL;
}

/* Does the truth name an instance and a node that say what the claim says? */
bool shrink_can_stand_in(const SimClaim *claim)
{
    return !claim->in_field && claim->kind != SIM_CLAIM_SETTLE &&
           (claim->explained == SIM_CLAIM_LACKS || claim->explained == SIM_CLAIM_LISTS);
}

/* A claim of many lines gives way to what was wrong, if the truth can say it in one. */
static bool shorten_claim(Shrink *shrink)
{
    const SimClaim *claim = shrink->best->claim;
    if (claim == NULL || shrink->best->stand_in || !has_lines(claim->code) ||
        !shrink_can_stand_in(claim)) {
        return false;
    }
    SimStory *plainer = sim_story_copy(shrink->best);
    plainer->stand_in = true;
    for (guint i = 0; i < plainer->steps->len; i++) {
        if (shrink_step(plainer, i)->action->kind == SIM_ACTION_CLAIM) {
            shrink_step(plainer, i)->gap_us += claim->failed_us - claim->begun_us;
        }
    }
    return shrink_attempt(shrink, plainer);
}

/* --- all of them ----------------------------------------------------------------------------- */

bool shrink_round(Shrink *shrink)
{
    bool cut = trim_end(shrink);
    cut |= cut_units(shrink, units_by_client);
    cut |= cut_units(shrink, units_by_fault);
    cut |= cut_units(shrink, units_by_step);
    cut |= cut_bridges(shrink);
    cut |= cut_nodes(shrink);
    cut |= cut_stage(shrink);
    cut |= cut_parties(shrink);
    cut |= cut_fields(shrink);
    cut |= cut_time(shrink);
    cut |= wait_for_posts(shrink);
    cut |= shorten_claim(shrink);
    return cut;
}
