/* sim/script/chaos.c -- faults drawn from the seed as Poisson processes.
 *
 * Every kind of fault has its own stream ("chaos/crash"), so that asking for more pauses moves no
 * crash. An arrival that cannot be (too few nodes would stay up, a partition lasts already) is
 * drawn all the same and passes without effect. */
#include <math.h>
#include <string.h>

#include "sim/actions/record.h"
#include "sim/script/core.h"
#include "sim/script/nodes.h"
#include "sim/script/state.h"
#include "sim/study/study.h"

typedef enum ChaosKind {
    CHAOS_CRASH,
    CHAOS_PARTITION,
    CHAOS_PAUSE,
    CHAOS_CLOCK,
    CHAOS_LINK,
    N_CHAOS_KINDS,
} ChaosKind;

/* How long each lasts: uniform between these, unless it is drawn from measurements. */
static const struct {
    const char *name, *stream;
    int64_t shortest_us, longest_us;
} chaos_kinds[N_CHAOS_KINDS] = {
    [CHAOS_CRASH] = { "crash", "chaos/crash", 1000000, 60000000 },
    [CHAOS_PARTITION] = { "partition", "chaos/partition", 1000000, 60000000 },
    [CHAOS_PAUSE] = { "pause", "chaos/pause", 100000, 30000000 },
    [CHAOS_CLOCK] = { "clock", "chaos/clock", 0, 0 },
    [CHAOS_LINK] = { "link", "chaos/link", 1000000, 60000000 },
};

typedef enum SimHeal {
    SIM_HEAL_NOTHING,
    SIM_HEAL_ALL,
    SIM_HEAL_CORE,
} SimHeal;

struct SimChaos {
    int64_t until_us;
    int64_t mean_us[N_CHAOS_KINDS]; /* between arrivals; 0: never */
    SimPrng streams[N_CHAOS_KINDS];
    uint32_t cluster; /* whose nodes; SIM_ALL_CLUSTERS: any */
    uint32_t keep;
    const SimPauses *pauses; /* (nullable) the script's */
    char *pause_kind;
    const SimOutages *outages; /* (nullable) likewise */
    SimOutageCause cause;
    SimHeal heal;
    uint32_t core;       /* how many nodes it shall have; SIM_HEAL_CORE */
    int64_t set_back_us; /* how far wall clocks went back, all together */
    bool over;
    bool partitioned;
    GArray *down;         /* uint32_t: nodes that we crashed */
    GArray *left, *right; /* SimParty: the sides of the partition */
};

void sim_chaos_free(SimChaos *chaos)
{
    g_array_free(chaos->down, true);
    g_array_free(chaos->left, true);
    g_array_free(chaos->right, true);
    g_free(chaos->pause_kind);
    g_free(chaos);
}

void sim_chaos_redraw(SimChaos *chaos, uint64_t seed)
{
    for (int kind = 0; kind < N_CHAOS_KINDS; kind++) {
        sim_prng_redraw(&chaos->streams[kind], seed);
    }
}

static SimGroup group_of(const GArray *parties)
{
    return (SimGroup) { (const SimParty *)(const void *)parties->data, parties->len };
}

static bool is_up(const SimWorld *world, const SimChaos *chaos, uint32_t node)
{
    return sim_world_node(world, node)->alive &&
           sim_node_in(sim_world_node(world, node), chaos->cluster);
}

static bool belongs(const SimWorld *world, const SimChaos *chaos, uint32_t node)
{
    return sim_world_node(world, node)->member &&
           sim_node_in(sim_world_node(world, node), chaos->cluster);
}

/* A node that runs, drawn; NULL if there is none. */
static SimNode *draw_node(const SimWorld *world, const SimChaos *chaos, SimPrng *stream)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        live += is_up(world, chaos, i);
    }
    if (live == 0) {
        return NULL;
    }
    uint64_t which = sim_prng_below(stream, live);
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (is_up(world, chaos, i) && which-- == 0) {
            return sim_world_node(world, i);
        }
    }
    return NULL;
}

static uint32_t count_up(const SimWorld *world, const SimChaos *chaos)
{
    uint32_t up = 0;
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        up += is_up(world, chaos, i) && !sim_world_node(world, i)->paused;
    }
    return up;
}

/* --- what comes and goes --------------------------------------------------------------------- */

static bool forget_down(SimChaos *chaos, uint32_t node)
{
    for (guint i = 0; i < chaos->down->len; i++) {
        if (g_array_index(chaos->down, uint32_t, i) == node) {
            g_array_remove_index(chaos->down, i);
            return true;
        }
    }
    return false;
}

static void bring_up(SimWorld *world, SimChaos *chaos, uint32_t index)
{
    SimNode *node = sim_world_node(world, index);
    if (forget_down(chaos, index) && !node->alive && node->member) {
        sim_record_node(world->study->record, node, "restart", -1, NULL);
        sim_node_boot(node);
    }
}

static void end_crash(SimScript *script, void *data, uint64_t word)
{
    bring_up(script->world, data, (uint32_t)word);
}

static void end_partition(SimScript *script, void *data, uint64_t word)
{
    SimChaos *chaos = data;
    (void)word;
    if (!chaos->partitioned) {
        return;
    }
    chaos->partitioned = false;
    sim_world_heal_pair(script->world, group_of(chaos->left), group_of(chaos->right));
}

static void end_link(SimScript *script, void *data, uint64_t word)
{
    const SimChaos *chaos = data;
    SimParty a = { SIM_PARTY_NODE, (uint32_t)(word >> 32) };
    SimParty b = { SIM_PARTY_NODE, (uint32_t)word };
    if (!chaos->over) {
        sim_world_heal_pair(script->world, (SimGroup) { &a, 1 }, (SimGroup) { &b, 1 });
    }
}

static void crash_one(SimScript *script, SimChaos *chaos, SimPrng *stream, int64_t for_us)
{
    SimNode *node = draw_node(script->world, chaos, stream);
    if (node == NULL || node->paused || count_up(script->world, chaos) <= chaos->keep) {
        return;
    }
    sim_record_node(script->world->study->record, node, "crash", -1, NULL);
    sim_node_crash(node);
    g_array_append_val(chaos->down, node->index);
    sim_script_timer(script, script->world->now_us + for_us, end_crash, chaos, node->index);
}

static void pause_one(SimScript *script, SimChaos *chaos, SimPrng *stream, int64_t for_us)
{
    SimNode *node = draw_node(script->world, chaos, stream);
    int64_t left_us = chaos->until_us - script->world->now_us;
    if (node == NULL || node->paused || count_up(script->world, chaos) <= chaos->keep) {
        return;
    }
    sim_record_node(script->world->study->record, node, "pause", MIN(for_us, left_us), NULL);
    sim_node_pause(node, MIN(for_us, left_us));
}

/* --- partitions ------------------------------------------------------------------------------ */

static void add_party(GArray *side, uint32_t node)
{
    SimParty party = { SIM_PARTY_NODE, node };
    g_array_append_val(side, party);
}

/* Each member on either side. */
static void draw_sides(const SimWorld *world, SimChaos *chaos, SimPrng *stream, uint64_t sides)
{
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (!belongs(world, chaos, i)) {
            continue;
        }
        add_party(sides & 1 ? chaos->left : chaos->right, i);
        sides = i % 64 == 63 ? sim_prng_u64(stream) : sides >> 1;
    }
}

/* All members, in an order that is drawn. */
static GArray *shuffled(const SimWorld *world, const SimChaos *chaos, SimPrng *stream)
{
    GArray *members = g_array_new(false, false, sizeof(uint32_t));
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (belongs(world, chaos, i)) {
            g_array_append_val(members, i);
        }
    }
    for (guint i = members->len; i > 1; i--) {
        uint32_t *items = (uint32_t *)(void *)members->data;
        const guint j = (guint)sim_prng_below(stream, i);
        const uint32_t swapped = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swapped;
    }
    return members;
}

/* As measured. Returns whether it is one way. */
static bool draw_measured_sides(const SimWorld *world, SimChaos *chaos, SimPrng *stream)
{
    g_autoptr(GArray) members = shuffled(world, chaos, stream);
    const SimOutageShape shape = sim_outages_shape(chaos->outages, members->len, stream);
    for (guint i = 0; i < shape.left + shape.right; i++) {
        add_party(i < shape.left ? chaos->left : chaos->right, g_array_index(members, uint32_t, i));
    }
    return shape.one_way;
}

static void partition_all(SimScript *script, SimChaos *chaos, SimPrng *stream, int64_t for_us)
{
    SimWorld *world = script->world;
    const uint64_t sides = chaos->outages != NULL ? 0 : sim_prng_u64(stream);
    bool oneway = false;
    if (chaos->partitioned) {
        return;
    }
    g_array_set_size(chaos->left, 0);
    g_array_set_size(chaos->right, 0);
    if (chaos->outages != NULL) {
        oneway = draw_measured_sides(world, chaos, stream);
    } else {
        draw_sides(world, chaos, stream, sides);
    }
    if (chaos->left->len == 0 || chaos->right->len == 0) {
        return;
    }
    chaos->partitioned = true;
    sim_world_cut(world, group_of(chaos->left), group_of(chaos->right), oneway, false);
    sim_script_timer(script, world->now_us + for_us, end_partition, chaos, 0);
}

/* --- clocks and links ------------------------------------------------------------------------ */

static void shift_clock(SimScript *script, SimChaos *chaos, SimPrng *stream)
{
    SimNode *node = draw_node(script->world, chaos, stream);
    int64_t step_us = sim_prng_between(stream, -60000000, 60000000);
    if (node == NULL) {
        return;
    }
    chaos->set_back_us += MAX(0, -step_us);
    sim_record_clock(script->world->study->record, node, NULL, NULL, step_us);
    sim_node_clock(node, NULL, NULL, step_us);
}

static void degrade_one(SimScript *script, SimChaos *chaos, SimPrng *stream, int64_t for_us)
{
    SimWorld *world = script->world;
    const SimNode *one = draw_node(world, chaos, stream), *other = draw_node(world, chaos, stream);
    SimLink change = { .loss = sim_chance((double)sim_prng_between(stream, 1, 30) / 100),
                       .jitter = (double)sim_prng_between(stream, 0, 100) / 100 };
    if (one == NULL || other == NULL || one == other) {
        return;
    }
    SimParty a = { SIM_PARTY_NODE, one->index }, b = { SIM_PARTY_NODE, other->index };
    sim_world_degrade(world, (SimGroup) { &a, 1 }, (SimGroup) { &b, 1 }, &change,
                      SIM_LINK_LOSS | SIM_LINK_JITTER);
    sim_script_timer(script, world->now_us + for_us, end_link, chaos,
                     (uint64_t)one->index << 32 | other->index);
}

/* --- arrivals -------------------------------------------------------------------------------- */

static void arrive(SimScript *script, void *data, uint64_t word);

static void plan(SimScript *script, SimChaos *chaos, ChaosKind kind)
{
    int64_t gap_us = sim_prng_exponential(&chaos->streams[kind], chaos->mean_us[kind]);
    int64_t at_us = script->world->now_us + gap_us;
    if (at_us < chaos->until_us) {
        sim_script_timer(script, at_us, arrive, chaos, (uint64_t)kind);
    }
}

static int64_t draw_length(const SimChaos *chaos, ChaosKind kind, SimPrng *stream)
{
    if (kind == CHAOS_PAUSE && chaos->pauses != NULL) {
        return sim_pauses_draw(chaos->pauses, chaos->pause_kind, stream);
    }
    if (kind == CHAOS_PARTITION && chaos->outages != NULL) {
        return sim_outages_draw(chaos->outages, chaos->cause, stream);
    }
    return sim_prng_between(stream, chaos_kinds[kind].shortest_us, chaos_kinds[kind].longest_us);
}

static void arrive(SimScript *script, void *data, uint64_t word)
{
    SimChaos *chaos = data;
    ChaosKind kind = (ChaosKind)word;
    SimPrng *stream = &chaos->streams[kind];
    int64_t for_us = draw_length(chaos, kind, stream);
    switch (kind) {
    case CHAOS_CRASH:
        crash_one(script, chaos, stream, for_us);
        break;
    case CHAOS_PARTITION:
        partition_all(script, chaos, stream, for_us);
        break;
    case CHAOS_PAUSE:
        pause_one(script, chaos, stream, for_us);
        break;
    case CHAOS_CLOCK:
        shift_clock(script, chaos, stream);
        break;
    default:
        degrade_one(script, chaos, stream, for_us);
        break;
    }
    plan(script, chaos, kind);
}

static void heal_all(SimScript *script, SimChaos *chaos)
{
    chaos->partitioned = false;
    if (chaos->cluster == SIM_ALL_CLUSTERS) {
        sim_world_heal(script->world);
    } else {
        sim_world_heal_cluster(script->world, chaos->cluster);
    }
    while (chaos->down->len > 0) {
        bring_up(script->world, chaos, g_array_index(chaos->down, uint32_t, 0));
    }
}

/* The core is up and hears itself; the others stay as they are, down or up, and for themselves. */
static void heal_core(SimScript *script, SimChaos *chaos)
{
    SimWorld *world = script->world;
    g_autofree char *name = g_strdup_printf("chaos/core/%u", script->chaos->len);
    SimPrng stream = sim_prng_stream(world->seed, name);
    g_autoptr(GArray) members = shuffled(world, chaos, &stream);
    g_autoptr(GArray) core = g_array_new(false, false, sizeof(SimParty));
    g_autoptr(GArray) others = g_array_new(false, false, sizeof(SimParty));
    GArray *nodes = g_array_new(false, false, sizeof(uint32_t));
    for (guint i = 0; i < members->len; i++) {
        add_party(i < chaos->core ? core : others, g_array_index(members, uint32_t, i));
    }
    chaos->partitioned = false;
    sim_world_heal_pair(world, group_of(core), group_of(core));
    if (others->len > 0) {
        sim_world_cut(world, group_of(core), group_of(others), false, false);
    }
    for (guint i = 0; i < core->len; i++) {
        const uint32_t node = g_array_index(core, SimParty, i).index;
        bring_up(world, chaos, node);
        g_array_append_val(nodes, node);
    }
    g_array_set_size(chaos->down, 0); /* they stay down */
    sim_core_begin(script, nodes, chaos->set_back_us);
}

static void end_chaos(SimScript *script, void *data, uint64_t word)
{
    SimChaos *chaos = data;
    (void)word;
    chaos->over = true;
    if (chaos->heal == SIM_HEAL_ALL) {
        heal_all(script, chaos);
    } else if (chaos->heal == SIM_HEAL_CORE) {
        heal_core(script, chaos);
    }
}

/* --- the verb -------------------------------------------------------------------------------- */

/* The field heal: true, false or "core". */
static SimHeal check_heal(lua_State *L)
{
    static const char *const names[] = { "core", NULL };
    bool all = true;
    int which;
    if (lua_getfield(L, 2, "heal") == LUA_TSTRING) {
        sim_opt_choice(L, 2, "heal", names, &which);
        return SIM_HEAL_CORE;
    }
    sim_opt_boolean(L, 2, "heal", &all);
    return all ? SIM_HEAL_ALL : SIM_HEAL_NOTHING;
}

static uint32_t count_members(const SimWorld *world, const SimChaos *chaos)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        count += belongs(world, chaos, i);
    }
    return count;
}

/* At least a majority, and those that were kept up. */
static uint32_t usual_core(const SimWorld *world, const SimChaos *chaos)
{
    const uint32_t members = count_members(world, chaos);
    return MIN(members, MAX(chaos->keep, members / 2 + 1));
}

int sim_verb_chaos(lua_State *L) /* w:chaos { for_ = minutes(5), crash = per_minute(1), ... } */
{
    static const char *const names[] = { "for_", "crash",  "partition",  "pause", "clock", "link",
                                         "keep", "pauses", "partitions", "heal",  "core",  NULL };
    static const char *const causes[] = { "software", "hardware", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "chaos");
    SimWorld *world = sim_check_acting(L, "chaos");
    SimScript *script = sim_script_of(L);
    int64_t for_us = 0, keep = 1, means[N_CHAOS_KINDS] = { 0 };
    sim_options(L, 2, "chaos", names);
    if (!sim_opt_duration(L, 2, "for_", &for_us)) {
        sim_raise(L, "chaos: field 'for_' is missing");
    }
    for (int kind = 0; kind < N_CHAOS_KINDS; kind++) {
        double rate;
        if (!sim_opt_quantity(L, 2, chaos_kinds[kind].name, SIM_QUANTITY_RATE, &rate) ||
            rate <= 0) {
            continue;
        }
        if (rate > 1000) {
            sim_raise_field(L, chaos_kinds[kind].name, "chaos: at most 1000 faults per second");
        }
        means[kind] = (int64_t)llround(MIN(1e6 / rate, 1e15));
    }
    sim_opt_integer(L, 2, "keep", 0, 1000, &keep);
    const SimHeal heal = check_heal(L);
    int64_t core = 0;
    if (sim_opt_integer(L, 2, "core", 1, 1000, &core) && heal != SIM_HEAL_CORE) {
        sim_raise_field(L, "core", "chaos: field 'core' needs heal = \"core\"");
    }
    const char *pause_kind = NULL;
    if (lua_getfield(L, 2, "pauses") != LUA_TNIL) {
        pause_kind = sim_check_pause_kind(L, -1, "chaos: field 'pauses'");
    }
    if (pause_kind != NULL && means[CHAOS_PAUSE] == 0) {
        sim_raise_field(L, "pauses",
                        "chaos: field 'pauses' says how long; how often is the rate 'pause'");
    }
    int cause = 0;
    const bool measured = sim_opt_choice(L, 2, "partitions", causes, &cause);
    if (measured && means[CHAOS_PARTITION] == 0) {
        sim_raise_field(
            L, "partitions",
            "chaos: field 'partitions' says what they are like; how often is the rate 'partition'");
    }
    const SimOutages *outages = measured ? sim_measured_outages(L, "chaos") : NULL;
    sim_charge(L, 10000);
    SimChaos *chaos = g_new0(SimChaos, 1);
    g_ptr_array_add(script->chaos, chaos);
    chaos->until_us = world->now_us + for_us;
    chaos->cluster = script->scope;
    chaos->keep = (uint32_t)keep;
    chaos->heal = heal;
    chaos->core = core > 0 ? (uint32_t)core : usual_core(world, chaos);
    script->owed += heal == SIM_HEAL_CORE;
    chaos->pauses = pause_kind != NULL ? script->pauses : NULL;
    chaos->pause_kind = g_strdup(pause_kind);
    chaos->outages = outages;
    chaos->cause = (SimOutageCause)cause;
    chaos->down = g_array_new(false, false, sizeof(uint32_t));
    chaos->left = g_array_new(false, false, sizeof(SimParty));
    chaos->right = g_array_new(false, false, sizeof(SimParty));
    for (int kind = 0; kind < N_CHAOS_KINDS; kind++) {
        g_autofree char *stream =
            g_strdup_printf("%s/%u", chaos_kinds[kind].stream, script->chaos->len);
        chaos->streams[kind] = sim_prng_stream(world->seed, stream);
        chaos->mean_us[kind] = means[kind];
        if (means[kind] > 0) {
            plan(script, chaos, (ChaosKind)kind);
        }
    }
    sim_script_timer(script, chaos->until_us, end_chaos, chaos, 0);
    return 0;
}
