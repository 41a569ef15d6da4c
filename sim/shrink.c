/* sim/shrink.c -- cuts a failing story down, a candidate and a run at a time. */
#include "sim/shrink.h"

#include <string.h>

#include "sim/scenario.h"
#include "sim/story.h"

enum {
    ROUNDS = 6,
    SEEDS_SHOWN = 10,
    READABLE_LINES = 15
};
#define SECOND_US INT64_C(1000000)
#define SETTLE_US (5 * SECOND_US) /* a push, its retry and a round of VERIFY */

/* --- the way a run fails --------------------------------------------------------------------- */

typedef struct Way {
    char *check;
    SimVerdict verdict;
    bool node, client, service; /* kinds of the violation's subject */
    unsigned truth;             /* of a claim; 0 for a check */
    char *standing;             /* likewise, or NULL */
    unsigned weather;           /* SimWeather */
    int64_t at_us, end_us;
    char *message;
    char *figure; /* of a budget, or NULL */
    bool late;    /* not at the instant at which the claim began */
} Way;

static void way_clear(Way *way)
{
    g_free(way->check);
    g_free(way->standing);
    g_free(way->message);
    g_free(way->figure);
}

static bool is_text(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

/* Index of the violation that the verdict is about; -1 if there is none. */
static int deciding(const SimResult *result)
{
    for (guint i = 0; i < result->violations->len; i++) {
        const SimViolation *violation = &g_array_index(result->violations, SimViolation, i);
        if (is_text(violation->message, result->reason))
            return (int)i;
    }
    return -1;
}

/* The claim that this violation is about; NULL: a ready-made check or a budget. */
static const SimClaim *claim_of(const SimRecording *record, const SimViolation *violation)
{
    static const char *const names[] = { "expect", "eventually", "within", "always", "never" };
    for (size_t k = 0; k < G_N_ELEMENTS(names); k++) {
        if (!is_text(names[k], violation->check))
            continue;
        for (guint i = 0; i < record->failures->len; i++) {
            const SimClaim *claim = record->failures->pdata[i];
            bool kind = claim->kind == (SimClaimKind)k ||
                        (claim->kind == SIM_CLAIM_SETTLE && k == SIM_CLAIM_EVENTUALLY);
            if (kind && claim->failed_us == violation->at_us)
                return claim;
        }
    }
    return NULL;
}

/* Violations are noted in the order of time, but for those of one instant; they share their
 * weather. */
static unsigned weather_of(const SimRecording *record, const SimResult *result, guint index)
{
    const SimViolation *violation = &g_array_index(result->violations, SimViolation, index);
    unsigned weather = 0;
    for (guint i = 0; i < result->violations->len && i < record->weathers->len; i++)
        if (g_array_index(result->violations, SimViolation, i).at_us == violation->at_us)
            weather |= g_array_index(record->weathers, unsigned, i);
    return weather;
}

/* What went wrong in a red run; false if it is not red. */
static bool read_way(const SimResult *result, const SimRecording *record, Way *way)
{
    int index = deciding(result);
    bool red = result->verdict == SIM_VERDICT_UNSAFE || result->verdict == SIM_VERDICT_DIVERGED;
    if (!red || index < 0)
        return false;
    const SimViolation *violation = &g_array_index(result->violations, SimViolation, (guint)index);
    const SimClaim *claim = claim_of(record, violation);
    *way = (Way) {
        .check = g_strdup(violation->check),
        .verdict = result->verdict,
        .node = violation->node != UINT32_MAX,
        .client = violation->client != UINT32_MAX,
        .service = violation->service != DISTRO_NONE,
        .truth = claim ? claim->truth : 0,
        .standing = claim ? g_strdup(claim->standing) : NULL,
        .weather = weather_of(record, result, (guint)index),
        .at_us = violation->at_us,
        .end_us = result->virtual_us,
        .message = g_strdup(violation->message),
        .late = claim && claim->failed_us > claim->begun_us,
    };
    if (is_text(way->check, "budget"))
        way->figure = g_strndup(violation->message, strcspn(violation->message, " "));
    return true;
}

/* Is @a as @b, and in no worse weather? */
static bool same_way(const Way *a, const Way *b, bool stand_in)
{
    return (a->weather & ~b->weather) == 0 && is_text(a->check, b->check) &&
           a->verdict == b->verdict && a->node == b->node && a->client == b->client &&
           a->service == b->service && (a->truth == b->truth || (a->truth & b->truth) != 0) &&
           is_text(a->figure, b->figure) &&
           (stand_in || (is_text(a->standing, b->standing) && a->late == b->late));
}

/* --- a search -------------------------------------------------------------------------------- */

typedef struct Shrink {
    const SimScenario *scenario;
    const SimShrinkOptions *options;
    const SimRecording *record;
    Way way;               /* to be kept */
    const SimClaim *claim; /* that failed; NULL: a ready-made check or a budget */
    SimStory *best;        /* (nullable) the smallest that fails that way */
    Way best_way;          /* of that one's run */
    uint32_t subject;      /* client that the failure is about, or UINT32_MAX */
    int64_t began_us;      /* wall clock */
    uint64_t seed;
    unsigned tried;
    bool stopped;
    GHashTable *seen;  /* texts tried; look up only */
    GPtrArray *edited; /* SimDeed: copies that stories refer to */
    SimDeed *claim_deed, *end_deed;
} Shrink;

static unsigned count_deeds(const SimStory *story)
{
    unsigned count = 0;
    for (guint i = 0; story && i < story->steps->len; i++) {
        SimDeedKind kind = g_array_index(story->steps, SimStoryStep, i).deed->kind;
        count += kind != SIM_DEED_CLAIM && kind != SIM_DEED_END;
    }
    return count;
}

static bool go_on(Shrink *shrink)
{
    const SimShrinkOptions *options = shrink->options;
    if (g_get_monotonic_time() - shrink->began_us > options->within_us)
        shrink->stopped = true;
    if (!shrink->stopped && options->progress &&
        !options->progress(options->progress_data, shrink->tried, count_deeds(shrink->best)))
        shrink->stopped = true;
    return !shrink->stopped;
}

static bool during_run(void *data, int64_t now_us)
{
    (void)now_us;
    return go_on(data);
}

/* Runs @text; does it fail in the way that we look for? Then @way (to be cleared) tells of it. */
static bool run_text(Shrink *shrink, const char *text, uint64_t seed, bool stand_in, Way *way)
{
    SimScenario candidate = { .path = shrink->scenario->path,
                              .name = shrink->scenario->name,
                              .text = (char *)text,
                              .size = strlen(text) };
    g_autoptr(SimRecording) record = sim_record_new();
    SimRunOptions options = { .seed = seed,
                              .until_us = INT64_MAX,
                              .progress = during_run,
                              .progress_data = shrink,
                              .deeds = record };
    shrink->tried++;
    g_autoptr(SimResult) result = sim_run(&candidate, &options, NULL);
    if (shrink->stopped || !read_way(result, record, way))
        return false;
    if (same_way(way, &shrink->way, stand_in))
        return true;
    way_clear(way);
    return false;
}

/* Is @story (taken) one that fails the same way? Then it is the best from now on. */
static bool attempt(Shrink *shrink, SimStory *story)
{
    g_autoptr(SimStory) candidate = story;
    if (!go_on(shrink))
        return false;
    char *text = sim_story_text(candidate, NULL);
    if (!g_hash_table_add(shrink->seen, text))
        return false; /* tried before, and not better than what we have */
    Way way;
    if (!run_text(shrink, text, shrink->seed, candidate->stand_in, &way))
        return false;
    if (shrink->best) {
        way_clear(&shrink->best_way);
        sim_story_free(shrink->best);
    }
    shrink->best = g_steal_pointer(&candidate);
    shrink->best_way = way;
    return true;
}

/* --- the flat story -------------------------------------------------------------------------- */

static SimStoryStep *step_of(const SimStory *story, guint index)
{
    return &g_array_index(story->steps, SimStoryStep, index);
}

/* Chance belongs to the scenario; measured spreads have no text of their own. */
static void forget_spreads(SimStage *stage)
{
    for (guint i = 0; i < stage->links->len; i++)
        g_array_index(stage->links, SimLink, i).spread_q32 = 0;
}

static const SimDeed *mark_deed(Shrink *shrink, SimDeedKind kind)
{
    SimDeed **deed = kind == SIM_DEED_CLAIM ? &shrink->claim_deed : &shrink->end_deed;
    if (!*deed) {
        *deed = sim_deed_new(kind, 0);
        g_ptr_array_add(shrink->edited, *deed);
    }
    return *deed;
}

/* Appends @deed at @at_us of the run; @cursor_us is where the story stands. */
static void add_step(SimStory *story, const SimDeed *deed, int64_t at_us, int64_t *cursor_us)
{
    SimStoryStep step = { .deed = deed, .gap_us = MAX(0, at_us - *cursor_us) };
    *cursor_us = MAX(*cursor_us, at_us);
    g_array_append_val(story->steps, step);
}

/* An operation is waited for if it ended before the next step; else it is posted. */
static void settle_waits(SimStory *story)
{
    for (guint i = 0; i + 1 < story->steps->len; i++) {
        SimStoryStep *step = step_of(story, i), *next = step_of(story, i + 1);
        const SimDeed *deed = step->deed;
        if (!sim_deed_type(deed->kind)->waits)
            continue;
        /* Acknowledgements on a LAN take a millisecond: that much may be moved. */
        int64_t slack_us = deed->took_us <= SECOND_US / 10 ? SECOND_US / 10 : 0;
        step->posts = deed->took_us < 0 || deed->took_us > next->gap_us + slack_us;
        if (!step->posts)
            next->gap_us = MAX(0, next->gap_us - deed->took_us);
    }
}

static bool is_claims_own_operation(const SimClaim *claim, const SimDeed *deed)
{
    return claim && claim->op && deed->kind == claim->op->kind && deed->at_us == claim->op->at_us &&
           deed->client == claim->op->client;
}

/* When the claim begins in the run; -1 if it does not stand in the story. */
static int64_t claim_begins(const SimClaim *claim)
{
    if (!claim || claim->in_field)
        return -1;
    return claim->op ? claim->op->at_us : claim->begun_us;
}

typedef bool (*KeepDeed)(const Shrink *shrink, const SimDeed *deed);

/* The run told again up to its failure, with the deeds that @keep accepts. */
static SimStory *flat_story(Shrink *shrink, const SimClaim *claim, bool stand_in, KeepDeed keep)
{
    const GPtrArray *deeds = shrink->record->deeds;
    SimStory *story = g_new0(SimStory, 1);
    *story = (SimStory) {
        .record = shrink->record,
        .claim = claim,
        .stand_in = stand_in,
        .stage = sim_stage_copy(&shrink->record->stage),
        .steps = g_array_new(FALSE, FALSE, sizeof(SimStoryStep)),
    };
    forget_spreads(&story->stage);
    int64_t cursor_us = 0, claim_us = stand_in && !(claim->kind == SIM_CLAIM_SETTLE)
                                          ? shrink->way.at_us
                                          : claim_begins(claim);
    bool claimed = claim_us < 0;
    for (guint i = 0; i < deeds->len; i++) {
        const SimDeed *deed = deeds->pdata[i];
        if (deed->at_us > shrink->way.at_us)
            break;
        if (!claimed && deed->at_us > claim_us && claim->kind != SIM_CLAIM_EVENTUALLY &&
            claim->kind != SIM_CLAIM_WITHIN && claim->kind != SIM_CLAIM_SETTLE) {
            add_step(story, mark_deed(shrink, SIM_DEED_CLAIM), claim_us, &cursor_us);
            claimed = true;
        }
        if (keep(shrink, deed) && !is_claims_own_operation(claim, deed))
            add_step(story, deed, deed->at_us, &cursor_us);
    }
    if (!claimed)
        add_step(story, mark_deed(shrink, SIM_DEED_CLAIM), claim_us, &cursor_us);
    bool goes_on = !claim || claim->kind == SIM_CLAIM_ALWAYS || claim->kind == SIM_CLAIM_NEVER;
    if (goes_on)
        add_step(story, mark_deed(shrink, SIM_DEED_END), shrink->way.at_us + SECOND_US, &cursor_us);
    settle_waits(story);
    return story;
}

static bool keep_all(const Shrink *shrink, const SimDeed *deed)
{
    (void)shrink;
    (void)deed;
    return true;
}

static bool names_client(const SimClaim *claim, uint32_t client)
{
    for (guint i = 0; claim && i < claim->bindings->len; i++) {
        const SimValue *value = ((const SimBinding *)claim->bindings->pdata[i])->value;
        if (value && value->kind == SIM_VALUE_CLIENT && value->index == client)
            return true;
    }
    return false;
}

/* Whom the failure is about and whom its claim names: often nobody else matters. */
static bool keep_subjects(const Shrink *shrink, const SimDeed *deed)
{
    return deed->client == UINT32_MAX || deed->client == shrink->subject ||
           names_client(shrink->claim, deed->client);
}

/* --- cutting --------------------------------------------------------------------------------- */

/* Takes out step @index; what was waited before it is waited all the same. */
static void remove_step(SimStory *story, guint index)
{
    const SimStoryStep *step = step_of(story, index);
    int64_t gap_us = step->gap_us;
    if (!step->posts && step->deed->took_us > SECOND_US / 10)
        gap_us += step->deed->took_us;
    g_array_remove_index(story->steps, index);
    if (index < story->steps->len)
        step_of(story, index)->gap_us += gap_us;
}

/* Steps that would not be written any more are dropped. (transfer full) */
static SimStory *purged(SimStory *story)
{
    for (guint i = story->steps->len; i-- > 0;)
        if (!sim_story_lives(story, step_of(story, i)))
            remove_step(story, i);
    return story;
}

static bool is_mark(const SimDeed *deed)
{
    return deed->kind == SIM_DEED_CLAIM || deed->kind == SIM_DEED_END;
}

/* Gives every step the number of its unit, from 1; 0: it stays. Returns how many units there are.
 */
typedef guint (*NumberUnits)(const SimStory *story, guint *units);

static guint units_by_client(const SimStory *story, guint *units)
{
    guint count = 0;
    g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < story->steps->len; i++) {
        const SimDeed *deed = step_of(story, i)->deed;
        gpointer key = GUINT_TO_POINTER(deed->client + 1); /* 0: nobody's */
        if (deed->client == UINT32_MAX || is_mark(deed))
            continue;
        if (!g_hash_table_contains(numbers, key))
            g_hash_table_insert(numbers, key, GUINT_TO_POINTER(++count));
        units[i] = GPOINTER_TO_UINT(g_hash_table_lookup(numbers, key));
    }
    return count;
}

static bool concerns_same(const SimDeed *a, const SimDeed *b)
{
    const GArray *x = a->groups->len > 0 ? a->groups->pdata[0] : NULL;
    const GArray *y = b->groups->len > 0 ? b->groups->pdata[0] : NULL;
    return x && y && x->len > 0 && y->len > 0 &&
           g_array_index(x, SimParty, 0).index == g_array_index(y, SimParty, 0).index;
}

/* Is @later what ends @fault? */
static bool ends(const SimDeed *fault, const SimDeed *later)
{
    switch (fault->kind) {
    case SIM_DEED_CRASH:
    case SIM_DEED_STOP:
        return later->kind == SIM_DEED_RESTART && concerns_same(fault, later);
    case SIM_DEED_PARTITION:
    case SIM_DEED_ISOLATE:
    case SIM_DEED_CUT:
    case SIM_DEED_BRIDGE:
    case SIM_DEED_RING:
    case SIM_DEED_BLACKHOLE:
    case SIM_DEED_LINK:
        return later->kind == SIM_DEED_HEAL &&
               (later->groups->len == 0 || concerns_same(fault, later));
    case SIM_DEED_INTERCEPT:
        return later->kind == SIM_DEED_INTERCEPT_STOP && later->number == fault->number;
    default:
        return false;
    }
}

/* A fault and what ends it. */
static guint units_by_fault(const SimStory *story, guint *units)
{
    guint count = 0;
    for (guint i = 0; i < story->steps->len; i++) {
        const SimDeed *deed = step_of(story, i)->deed;
        if (deed->client != UINT32_MAX || is_mark(deed) || units[i] > 0)
            continue;
        units[i] = ++count;
        for (guint k = i + 1; k < story->steps->len; k++)
            if (units[k] == 0 && ends(deed, step_of(story, k)->deed)) {
                units[k] = count;
                break;
            }
    }
    return count;
}

static guint units_by_step(const SimStory *story, guint *units)
{
    guint count = 0;
    for (guint i = 0; i < story->steps->len; i++) {
        const SimDeed *deed = step_of(story, i)->deed;
        if (!is_mark(deed) && deed->kind != SIM_DEED_CLIENT)
            units[i] = ++count;
    }
    return count;
}

static SimStory *without_units(const SimStory *story, const guint *units, guint from, guint to)
{
    SimStory *less = sim_story_copy(story);
    for (guint i = less->steps->len; i-- > 0;)
        if (units[i] >= from && units[i] <= to)
            remove_step(less, i);
    return purged(less);
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
            if (from > count)
                break;
            cut |= attempt(shrink, without_units(shrink->best, units, from, to));
            to = from - 1;
        }
        g_free(number_steps(shrink->best, number, &count));
        size = MIN(size, MAX(count, 1));
        if (count == 0)
            break;
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
    for (guint i = 0; i < story->stage.nodes->len; i++)
        count += !g_array_index(story->stage.nodes, SimStageNode, i).gone;
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
        cut |= attempt(shrink, purged(less));
    }
    return cut;
}

/* The copy of step @index's deed in @story, which may be edited. */
static SimDeed *edit_deed(Shrink *shrink, SimStory *story, guint index)
{
    SimDeed *copy = sim_deed_copy(step_of(story, index)->deed);
    g_ptr_array_add(shrink->edited, copy);
    step_of(story, index)->deed = copy;
    return copy;
}

static bool cut_parties(Shrink *shrink)
{
    bool cut = false;
    for (guint i = shrink->best->steps->len; i-- > 0;)
        for (guint g = step_of(shrink->best, i)->deed->groups->len; g-- > 0;) {
            const GArray *group = step_of(shrink->best, i)->deed->groups->pdata[g];
            for (guint k = group->len; k-- > 0 && group->len > 1;) {
                SimStory *less = sim_story_copy(shrink->best);
                SimDeed *deed = edit_deed(shrink, less, i);
                g_array_remove_index(deed->groups->pdata[g], k);
                cut |= attempt(shrink, less);
                group = step_of(shrink->best, i)->deed->groups->pdata[g];
                k = MIN(k, group->len);
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

static void make_plain(SimLink *link)
{
    drop_jitter(link);
    drop_loss(link);
    drop_bandwidth(link);
}

static void make_usual(SimLink *link)
{
    make_plain(link);
    link->delay_us = 150;
}

static void round_delay(SimLink *link)
{
    if (link->delay_us > 500)
        link->delay_us = (link->delay_us + 250) / 500 * 500;
}

static bool edit_links(Shrink *shrink, EditLink edit)
{
    SimStory *plainer = sim_story_copy(shrink->best);
    for (guint i = 0; i < plainer->stage.links->len; i++)
        edit(&g_array_index(plainer->stage.links, SimLink, i));
    return attempt(shrink, plainer);
}

typedef void (*EditStage)(SimStage *stage);

static void join_sites(SimStage *stage)
{
    stage->one_site = true;
}

static void drop_settings(SimStage *stage)
{
    g_array_set_size(stage->settings, 0);
}

static void drop_framing(SimStage *stage)
{
    stage->framing_bytes = 0;
}

static void drop_boot(SimStage *stage)
{
    stage->manual_boot = false;
}

static void use_newest_profile(SimStage *stage)
{
    stage->profile = "nacos-3.0";
    for (guint i = 0; i < stage->nodes->len; i++)
        g_array_index(stage->nodes, SimStageNode, i).profile = NULL;
}

static void drop_profiles(SimStage *stage)
{
    for (guint i = 0; i < stage->nodes->len; i++)
        g_array_index(stage->nodes, SimStageNode, i).profile = NULL;
}

static void drop_clocks(SimStage *stage)
{
    for (guint i = 0; i < stage->nodes->len; i++)
        g_array_index(stage->nodes, SimStageNode, i).clock = (SimClockSpec) { 0 };
}

static void drop_addresses(SimStage *stage)
{
    for (guint i = 0; i < stage->nodes->len; i++)
        g_array_index(stage->nodes, SimStageNode, i).address = NULL;
}

static bool edit_stage(Shrink *shrink, EditStage edit)
{
    SimStory *plainer = sim_story_copy(shrink->best);
    edit(&plainer->stage);
    return attempt(shrink, plainer);
}

static bool cut_settings(Shrink *shrink)
{
    bool cut = false;
    for (guint i = shrink->best->stage.settings->len; i-- > 0;) {
        SimStory *less = sim_story_copy(shrink->best);
        g_array_remove_index(less->stage.settings, i);
        cut |= attempt(shrink, less);
    }
    return cut;
}

static bool cut_stage(Shrink *shrink)
{
    static const EditLink links[] = { make_usual, make_plain,     drop_jitter,
                                      drop_loss,  drop_bandwidth, round_delay };
    static const EditStage stages[] = { join_sites,   use_newest_profile, drop_profiles,
                                        drop_clocks,  drop_addresses,     drop_settings,
                                        drop_framing, drop_boot };
    bool cut = false;
    for (size_t i = 0; i < G_N_ELEMENTS(stages); i++)
        if (stages[i] != join_sites || shrink->best->stage.sites->len > 1)
            cut |= edit_stage(shrink, stages[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++)
        cut |= edit_links(shrink, links[i]);
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
    return duration ? &edit_deed(shrink, story, index)->for_us : &step_of(story, index)->gap_us;
}

/* Index of the claim in the story; its length if there is none. */
static guint claim_index(const SimStory *story)
{
    guint index = 0;
    while (index < story->steps->len && step_of(story, index)->deed->kind != SIM_DEED_CLAIM)
        index++;
    return index;
}

/* A claim allows what came before it some time. So a gap after the first deed is not shortened but
 * moved: later deeds come sooner, the claim stands where it stood. */
static bool try_time(Shrink *shrink, guint index, bool duration, int64_t us)
{
    SimStory *story = sim_story_copy(shrink->best);
    int64_t *gap_us = gap_of(shrink, story, index, duration);
    guint claim = claim_index(story);
    if (!duration && index > 0 && claim < story->steps->len && index < claim)
        step_of(story, claim)->gap_us += MAX(0, *gap_us - us);
    *gap_us = us;
    return attempt(shrink, story);
}

static int64_t time_at(const Shrink *shrink, guint index, bool duration)
{
    const SimStoryStep *step = step_of(shrink->best, index);
    return duration ? step->deed->for_us : step->gap_us;
}

/* How short a wait may become. What had time to settle before the next deed keeps that time, for
 * deeds in a hurry fail in ways of their own; unless the story is too long to read otherwise. */
static int64_t least_time(const Shrink *shrink, guint index, bool duration)
{
    const SimStoryStep *step = step_of(shrink->best, index);
    unsigned lines;
    g_free(sim_story_text(shrink->best, &lines));
    bool settles = !duration && index > 0 && step->deed->kind != SIM_DEED_END &&
                   step->gap_us >= SETTLE_US && lines <= READABLE_LINES;
    return settles ? SETTLE_US : 0;
}

static bool round_time(Shrink *shrink, guint index, bool duration)
{
    static const int64_t units_us[] = { 10 * SECOND_US, 5 * SECOND_US, SECOND_US, SECOND_US / 10 };
    int64_t now_us = time_at(shrink, index, duration);
    for (size_t i = 0; i < G_N_ELEMENTS(units_us) && now_us % units_us[i] != 0; i++)
        if (try_time(shrink, index, duration, round_up(now_us, units_us[i])) ||
            try_time(shrink, index, duration, now_us / units_us[i] * units_us[i]))
            return true;
    return false;
}

/* The least nice duration that does, by bisection; failing that, whole seconds or tenths. */
static bool shorten(Shrink *shrink, guint index, bool duration)
{
    int64_t now_us = time_at(shrink, index, duration);
    int64_t least_us = least_time(shrink, index, duration);
    size_t low = 0, high = 0;
    while (low < G_N_ELEMENTS(nice_ms) && nice_ms[low] * 1000 < least_us)
        low++;
    while (high < G_N_ELEMENTS(nice_ms) && nice_ms[high] * 1000 < now_us)
        high++;
    if (now_us <= least_us || low >= high)
        return false;
    if (try_time(shrink, index, duration, nice_ms[low] * 1000))
        return true;
    bool shorter = false;
    for (low++; low < high && !shrink->stopped;) {
        size_t middle = low + (high - low) / 2;
        if (try_time(shrink, index, duration, nice_ms[middle] * 1000)) {
            shorter = true;
            high = middle;
        } else
            low = middle + 1;
    }
    return round_time(shrink, index, duration) || shorter;
}

/* What the story leaves before its claim stays, and becomes a round number at most. */
static bool round_claims_gap(Shrink *shrink, guint index)
{
    int64_t gap_us = step_of(shrink->best, index)->gap_us;
    SimClaimKind kind = shrink->best->claim->kind;
    bool patient =
        !shrink->best->stand_in && (kind == SIM_CLAIM_EVENTUALLY || kind == SIM_CLAIM_SETTLE);
    if (patient && gap_us > 0 && gap_us <= SECOND_US && try_time(shrink, index, false, 0))
        return true;
    return (gap_us % SECOND_US != 0 &&
            try_time(shrink, index, false, round_up(gap_us, SECOND_US))) ||
           (gap_us % (SECOND_US / 10) != 0 &&
            try_time(shrink, index, false, round_up(gap_us, SECOND_US / 10)));
}

/* After the failure nothing is worth waiting for. */
static bool trim_end(Shrink *shrink)
{
    guint last = shrink->best->steps->len - 1;
    const SimStoryStep *step = step_of(shrink->best, last);
    int64_t spare_us = shrink->best_way.end_us - shrink->best_way.at_us;
    if (step->deed->kind != SIM_DEED_END || spare_us <= 0)
        return false;
    int64_t least_us = round_up(MAX(0, step->gap_us - spare_us), SECOND_US);
    return least_us < step->gap_us && try_time(shrink, last, false, least_us);
}

static bool cut_time(Shrink *shrink)
{
    bool cut = trim_end(shrink);
    for (guint i = shrink->best->steps->len; i-- > 0 && !shrink->stopped;) {
        if (step_of(shrink->best, i)->deed->kind == SIM_DEED_CLAIM)
            cut |= round_claims_gap(shrink, i);
        else
            cut |= shorten(shrink, i, false);
        if (step_of(shrink->best, i)->deed->for_us > 0)
            cut |= shorten(shrink, i, true);
    }
    return trim_end(shrink) || cut;
}

/* --- words ----------------------------------------------------------------------------------- */

static bool drop_field(Shrink *shrink, guint index, guint field)
{
    SimStory *less = sim_story_copy(shrink->best);
    g_ptr_array_remove_index(edit_deed(shrink, less, index)->fields, field);
    return attempt(shrink, less);
}

/* Every field that may be dropped, of every deed at once. */
static bool drop_all_fields(Shrink *shrink)
{
    SimStory *less = sim_story_copy(shrink->best);
    bool any = false;
    for (guint i = 0; i < less->steps->len; i++) {
        const GPtrArray *fields = step_of(less, i)->deed->fields;
        bool drops = false;
        for (guint k = 0; k < fields->len; k++)
            drops |= !((const SimDeedField *)fields->pdata[k])->needed;
        SimDeed *deed = drops ? edit_deed(shrink, less, i) : NULL;
        for (guint k = deed ? deed->fields->len : 0; k-- > 0;)
            if (!((const SimDeedField *)deed->fields->pdata[k])->needed)
                g_ptr_array_remove_index(deed->fields, k);
        any |= drops;
    }
    if (any)
        return attempt(shrink, less);
    sim_story_free(less);
    return false;
}

static bool cut_fields(Shrink *shrink)
{
    bool cut = drop_all_fields(shrink);
    for (guint i = 0; i < shrink->best->steps->len && !shrink->stopped; i++)
        for (guint k = step_of(shrink->best, i)->deed->fields->len; k-- > 0;) {
            const SimDeedField *field = step_of(shrink->best, i)->deed->fields->pdata[k];
            if (!field->needed)
                cut |= drop_field(shrink, i, k);
        }
    return cut;
}

static bool wait_for_posts(Shrink *shrink)
{
    bool cut = false;
    for (guint i = 0; i < shrink->best->steps->len; i++) {
        if (!step_of(shrink->best, i)->posts)
            continue;
        SimStory *plainer = sim_story_copy(shrink->best);
        step_of(plainer, i)->posts = false;
        cut |= attempt(shrink, plainer);
    }
    return cut;
}

static bool has_lines(const char *text)
{
    return text && strchr(text, '\n') != NULL;
}

/* Does the truth name an instance and a node that say what the claim says? */
static bool can_stand_in(const SimClaim *claim)
{
    return !claim->in_field && claim->kind != SIM_CLAIM_SETTLE &&
           (claim->explained == SIM_CLAIM_LACKS || claim->explained == SIM_CLAIM_LISTS);
}

/* A claim of many lines gives way to what was wrong, if the truth can say it in one. */
static bool shorten_claim(Shrink *shrink)
{
    const SimClaim *claim = shrink->best->claim;
    if (!claim || shrink->best->stand_in || !has_lines(claim->code) || !can_stand_in(claim))
        return false;
    SimStory *plainer = sim_story_copy(shrink->best);
    plainer->stand_in = true;
    for (guint i = 0; i < plainer->steps->len; i++)
        if (step_of(plainer, i)->deed->kind == SIM_DEED_CLAIM)
            step_of(plainer, i)->gap_us += claim->failed_us - claim->begun_us;
    return attempt(shrink, plainer);
}

/* --- the search ------------------------------------------------------------------------------ */

static bool one_round(Shrink *shrink)
{
    bool cut = trim_end(shrink);
    cut |= cut_units(shrink, units_by_client);
    cut |= cut_units(shrink, units_by_fault);
    cut |= cut_units(shrink, units_by_step);
    cut |= cut_nodes(shrink);
    cut |= cut_stage(shrink);
    cut |= cut_parties(shrink);
    cut |= cut_fields(shrink);
    cut |= cut_time(shrink);
    cut |= wait_for_posts(shrink);
    cut |= shorten_claim(shrink);
    return cut;
}

static void search(Shrink *shrink)
{
    for (int round = 0; round < ROUNDS && !shrink->stopped; round++)
        if (!one_round(shrink))
            return;
}

/* A first story that fails: the subjects alone or everybody, with seed 1 or the run's own. */
static bool find_first(Shrink *shrink, bool stand_in, const char *check, const char *budget)
{
    const uint64_t seeds[] = { 1, shrink->options->seed };
    static const KeepDeed keeps[] = { keep_subjects, keep_all };
    for (size_t s = 0; s < G_N_ELEMENTS(seeds) && (s == 0 || seeds[s] != seeds[0]); s++) {
        shrink->seed = seeds[s];
        g_hash_table_remove_all(shrink->seen);
        for (size_t k = 0; k < G_N_ELEMENTS(keeps); k++) {
            SimStory *story = flat_story(shrink, shrink->claim, stand_in, keeps[k]);
            story->check = check;
            story->budget = budget;
            if (attempt(shrink, purged(story)))
                return true;
        }
    }
    return false;
}

/* --- from a run to a search ------------------------------------------------------------------ */

static const char *find_check(const char *name)
{
    for (int kind = 0; kind < SIM_N_CHECKS; kind++)
        if (is_text(sim_check_type((SimCheckKind)kind)->name, name))
            return sim_check_type((SimCheckKind)kind)->name;
    return NULL;
}

static const char *find_budget(const SimRecording *record, const char *figure)
{
    g_autofree char *name = figure ? g_strdup_printf("[\"%s\"]", figure) : NULL;
    for (guint i = 0; name && i < record->budgets->len; i++)
        if (g_str_has_prefix(record->budgets->pdata[i], name))
            return record->budgets->pdata[i];
    return NULL;
}

static void fail(SimShrinkResult *result, SimShrinkOutcome outcome, char *reason)
{
    result->outcome = outcome;
    g_free(result->reason);
    result->reason = reason;
}

static char *why_impossible(const Shrink *shrink)
{
    const SimClaim *claim = shrink->claim;
    if (claim && claim->why_not)
        return g_strdup_printf("this claim (%s) cannot be told without its story: %s",
                               shrink->way.check, claim->why_not);
    return g_strdup_printf("the failure (%s) does not come again when its %u deeds are told one "
                           "after the other, with seed 1 or %" G_GUINT64_FORMAT
                           ": it hangs on chance that the story draws",
                           shrink->way.check, shrink->record->deeds->len, shrink->options->seed);
}

static bool begin(Shrink *shrink)
{
    const char *check = find_check(shrink->way.check);
    const char *budget = find_budget(shrink->record, shrink->way.figure);
    const SimClaim *claim = shrink->claim;
    if (!claim && !check && !budget)
        return false;
    if (!claim || !claim->why_not)
        if (find_first(shrink, false, check, budget))
            return true;
    return claim && can_stand_in(claim) && find_first(shrink, true, NULL, NULL);
}

static unsigned count_failing_seeds(Shrink *shrink, const char *text)
{
    unsigned failing = 0;
    for (uint64_t seed = 1; seed <= SEEDS_SHOWN && !shrink->stopped; seed++) {
        Way way;
        if (!run_text(shrink, text, seed, shrink->best->stand_in, &way))
            continue;
        failing++;
        way_clear(&way);
    }
    return failing;
}

static void take_best(Shrink *shrink, SimShrinkResult *result)
{
    result->finished = !shrink->stopped;
    result->outcome = SIM_SHRINK_DONE;
    result->text = sim_story_text(shrink->best, &result->lines);
    result->seed = shrink->seed;
    result->check = g_strdup(shrink->best_way.check);
    result->message = g_strdup(shrink->best_way.message);
    result->exit_status = sim_verdict_exit_status(shrink->best_way.verdict);
    result->deeds = count_deeds(shrink->best);
    result->seeds_counted = !shrink->stopped;
    result->seeds_failing = count_failing_seeds(shrink, result->text);
    result->seeds_counted = result->seeds_counted && !shrink->stopped;
    result->tried = shrink->tried;
}

static void shrink_failure(Shrink *shrink, const SimResult *run, SimShrinkResult *result)
{
    int index = deciding(run);
    const SimViolation *violation = &g_array_index(run->violations, SimViolation, (guint)index);
    shrink->claim = claim_of(shrink->record, violation);
    shrink->subject = violation->client;
    if (shrink->claim && shrink->subject == UINT32_MAX)
        shrink->subject = shrink->claim->client;
    result->deeds_before = shrink->record->deeds->len;
    if (!begin(shrink)) {
        result->tried = shrink->tried;
        if (shrink->stopped)
            fail(result, SIM_SHRINK_STOPPED, g_strdup("nothing that fails was found in time"));
        else
            fail(result, SIM_SHRINK_IMPOSSIBLE, why_impossible(shrink));
        return;
    }
    search(shrink);
    take_best(shrink, result);
}

static SimResult *run_original(Shrink *shrink, SimRecording *record, bool *usage)
{
    const SimShrinkOptions *options = shrink->options;
    SimRunOptions run = { .seed = options->seed,
                          .settings = options->settings,
                          .n_settings = options->n_settings,
                          .profile = options->profile,
                          .until_us = INT64_MAX,
                          .progress = during_run,
                          .progress_data = shrink,
                          .deeds = record };
    return sim_run(shrink->scenario, &run, usage);
}

static void shrink_run(Shrink *shrink, const SimResult *run, SimShrinkResult *result)
{
    if (run->verdict == SIM_VERDICT_ERROR)
        fail(result, SIM_SHRINK_WRONG, g_strdup(run->reason));
    else if (shrink->stopped)
        fail(result, SIM_SHRINK_STOPPED, g_strdup("the run itself did not end in time"));
    else if (!read_way(run, shrink->record, &shrink->way))
        fail(result, SIM_SHRINK_HOLDS,
             g_strdup(run->verdict == SIM_VERDICT_VACUOUS ? run->reason : "everything held"));
    else {
        shrink_failure(shrink, run, result);
        way_clear(&shrink->way);
    }
}

SimShrinkResult *sim_shrink(const SimScenario *scenario, const SimShrinkOptions *options)
{
    g_autoptr(SimRecording) record = sim_record_new();
    SimShrinkResult *result = g_new0(SimShrinkResult, 1);
    Shrink shrink = {
        .scenario = scenario,
        .options = options,
        .record = record,
        .began_us = g_get_monotonic_time(),
        .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .edited = g_ptr_array_new_with_free_func((GDestroyNotify)sim_deed_free),
    };
    result->reason = g_strdup("");
    g_autoptr(SimResult) run = run_original(&shrink, record, &result->usage);
    shrink_run(&shrink, run, result);
    if (shrink.best) {
        way_clear(&shrink.best_way);
        sim_story_free(shrink.best);
    }
    g_hash_table_unref(shrink.seen);
    g_ptr_array_unref(shrink.edited);
    result->wall_s = (double)(g_get_monotonic_time() - shrink.began_us) / 1e6;
    return result;
}

void sim_shrink_result_free(SimShrinkResult *result)
{
    if (!result)
        return;
    g_free(result->reason);
    g_free(result->text);
    g_free(result->check);
    g_free(result->message);
    g_free(result);
}
