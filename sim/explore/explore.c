/* sim/explore/explore.c -- see explore.h. */
#include "sim/explore/explore.h"

#include <string.h>

#include "core/mix.h"
#include "sim/network/pool.h"
#include "sim/study/study.h"

/* As long as checks excuse a node after a cut (scenario-api section 6, heal). */
#define EXCUSE_US 15000000

typedef struct Active {
    SimOptionKind ended_by; /* RELEASE, HEAL, RESTART */
    uint64_t name;          /* of what is held */
    uint32_t a, b;
    char *text;
} Active;

typedef struct Span {
    int64_t from_us, to_us; /* INT64_MAX: still */
} Span;

struct SimExplorer {
    SimWorld *world;
    unsigned kinds;
    SimChoices *choices;
    SimExplorerQuiet quiet;
    void *quiet_data;
    uint64_t (*story)(void *data);
    void *story_data;
    GArray *options; /* SimOption, of the point in hand */
    bool asking;     /* ours is the choice being taken */
    bool in_flight;
    bool moved;     /* something was delivered since the last quiet instant */
    bool given_up;  /* .quiet said so */
    GArray *active; /* Active */
    GArray *spans;  /* Span */
};

/* --- kinds ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned bit;
} fault_kinds[] = {
    { "lose", SIM_FAULT_LOSE },   { "hold", SIM_FAULT_HOLD },       { "cut", SIM_FAULT_CUT },
    { "crash", SIM_FAULT_CRASH }, { "message", SIM_FAULT_MESSAGE },
};

bool sim_fault_kinds_parse(const char *text, unsigned *kinds, char **wrong)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    *kinds = 0;
    for (char **word = words; *word != NULL; word++) {
        unsigned bit = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(fault_kinds); i++) {
            bit |= strcmp(*word, fault_kinds[i].name) == 0 ? fault_kinds[i].bit : 0;
        }
        if (bit == 0) {
            *wrong = g_strdup(*word);
            return false;
        }
        *kinds |= bit;
    }
    return true;
}

char *sim_fault_kinds_text(unsigned kinds)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(fault_kinds); i++) {
        if ((kinds & fault_kinds[i].bit) != 0) {
            g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "", fault_kinds[i].name);
        }
    }
    return g_string_free(text, false);
}

/* --- life ------------------------------------------------------------------------------------ */

static void clear_active(gpointer data)
{
    g_free(((Active *)data)->text);
}

SimExplorer *sim_explorer_new(unsigned kinds, SimChoices *choices)
{
    SimExplorer *explorer = g_new0(SimExplorer, 1);
    explorer->kinds = kinds;
    explorer->choices = choices;
    explorer->options = g_array_new(false, true, sizeof(SimOption));
    explorer->active = g_array_new(false, true, sizeof(Active));
    g_array_set_clear_func(explorer->active, clear_active);
    explorer->spans = g_array_new(false, false, sizeof(Span));
    return explorer;
}

void sim_explorer_free(SimExplorer *explorer)
{
    if (explorer == NULL) {
        return;
    }
    g_array_unref(explorer->options);
    g_array_unref(explorer->active);
    g_array_unref(explorer->spans);
    g_free(explorer);
}

void sim_explorer_set_quiet(SimExplorer *explorer, SimExplorerQuiet quiet, void *data)
{
    explorer->quiet = quiet;
    explorer->quiet_data = data;
}

/* A call that was given up on its way is cancelled, or carried out all the same. */
static bool choose_late(void *data)
{
    SimExplorer *explorer = data;
    const bool applied = sim_choices_take(explorer->choices, 2, NULL) == 1;
    sim_choices_name(explorer->choices, g_intern_static_string(applied ? "apply" : "cancel"),
                     "a call whose caller has given up");
    return applied;
}

void sim_explorer_begin(SimExplorer *explorer, SimWorld *world, uint64_t (*story)(void *data),
                        void *data)
{
    explorer->world = world;
    explorer->story = story;
    explorer->story_data = data;
    sim_metrics_mute(world->study->metrics);
    sim_network_allow_batches(world->network, false);
    sim_network_begin_pool(world->network);
    sim_network_ask_late(world->network, choose_late, explorer);
}

/* --- excuses --------------------------------------------------------------------------------- */

static void open_span(SimExplorer *explorer)
{
    const Span span = { explorer->world->now_us, INT64_MAX };
    g_array_append_val(explorer->spans, span);
}

static void close_spans(SimExplorer *explorer)
{
    for (guint i = 0; explorer->active->len == 0 && i < explorer->spans->len; i++) {
        Span *span = &g_array_index(explorer->spans, Span, i);
        span->to_us = MIN(span->to_us, explorer->world->now_us);
    }
}

static int64_t end_of(const Span *span)
{
    return span->to_us == INT64_MAX ? INT64_MAX : span->to_us + EXCUSE_US;
}

int64_t sim_explorer_excused_until(const SimExplorer *explorer)
{
    int64_t until_us = INT64_MIN;
    for (guint i = 0; i < explorer->spans->len; i++) {
        until_us = MAX(until_us, end_of(&g_array_index(explorer->spans, Span, i)));
    }
    return until_us;
}

bool sim_explorer_excuses(const SimExplorer *explorer, int64_t at_us)
{
    for (guint i = 0; i < explorer->spans->len; i++) {
        const Span *span = &g_array_index(explorer->spans, Span, i);
        if (span->from_us <= at_us && at_us < end_of(span)) {
            return true;
        }
    }
    return false;
}

/* --- options --------------------------------------------------------------------------------- */

static void add_option(SimExplorer *explorer, SimOptionKind kind, uint64_t name,
                       SimEndpoint handler, uint32_t a, uint32_t b)
{
    const SimOption option = {
        .kind = kind,
        .fault = kind >= SIM_OPTION_LOSE && kind <= SIM_OPTION_CUT,
        .id = distro_mix(distro_mix(name, kind), (uint64_t)a << 32 | b),
        .handler = handler,
        .name = name,
        .a = a,
        .b = b,
    };
    g_array_append_val(explorer->options, option);
}

/* What a client is answered, or pushed, may wake the story, which reads everything. */
static SimEndpoint handler_of(const SimFlight *flight)
{
    const bool quiet =
        flight->op == SIM_OP_PING || flight->op == SIM_OP_DETECT || flight->op == SIM_OP_BEAT;
    return sim_endpoint_is_client(flight->to) && !quiet ? SIM_NO_ENDPOINT : flight->to;
}

static bool has_kind(const SimExplorer *explorer, SimFaultKind kind)
{
    return (explorer->kinds & kind) != 0;
}

static void add_faults_of(SimExplorer *explorer, const SimFlight *head)
{
    if (head->op == SIM_N_OPS) {
        return;
    }
    if (has_kind(explorer, SIM_FAULT_HOLD) && head->by_connection) {
        add_option(explorer, SIM_OPTION_HOLD, head->stream, head->to, 0, 0);
    }
    if (has_kind(explorer, SIM_FAULT_MESSAGE)) {
        add_option(explorer, SIM_OPTION_HOLD_MESSAGE, head->name, head->to, 0, 0);
    }
    if (has_kind(explorer, SIM_FAULT_LOSE)) {
        add_option(explorer, SIM_OPTION_LOSE, head->name, SIM_NO_ENDPOINT, 0, 0);
    }
    if (has_kind(explorer, SIM_FAULT_CRASH) && !sim_endpoint_is_client(head->to) &&
        sim_world_node(explorer->world, head->to)->alive) {
        add_option(explorer, SIM_OPTION_CRASH, head->name, SIM_NO_ENDPOINT, head->to, 0);
    }
}

/* False if nothing may arrive. */
static bool list_flights(SimExplorer *explorer)
{
    const GArray *heads = sim_pool_heads(explorer->world->network);
    g_array_set_size(explorer->options, 0);
    for (guint i = 0; i < heads->len; i++) {
        const SimFlight *head = &g_array_index(heads, SimFlight, i);
        if (!head->held) {
            add_option(explorer, SIM_OPTION_DELIVER, head->name, handler_of(head), 0, 0);
        }
    }
    if (explorer->options->len == 0) {
        return false;
    }
    for (guint i = 0; i < heads->len; i++) {
        const SimFlight *head = &g_array_index(heads, SimFlight, i);
        const SimFlight *second =
            head->held ? NULL : sim_pool_second(explorer->world->network, head);
        if (second != NULL) {
            add_option(explorer, SIM_OPTION_SWAP, second->name, handler_of(second), 0, 0);
        }
    }
    for (guint i = 0; i < heads->len; i++) {
        const SimFlight *head = &g_array_index(heads, SimFlight, i);
        if (!head->held) {
            add_faults_of(explorer, head);
        }
    }
    return true;
}

static bool is_cut(const SimExplorer *explorer, uint32_t a, uint32_t b)
{
    for (guint i = 0; i < explorer->active->len; i++) {
        const Active *active = &g_array_index(explorer->active, Active, i);
        if (active->ended_by == SIM_OPTION_HEAL && active->a == a && active->b == b) {
            return true;
        }
    }
    return false;
}

static void list_crashes_and_cuts(SimExplorer *explorer)
{
    const SimWorld *world = explorer->world;
    for (guint a = 0; a < world->nodes->len && has_kind(explorer, SIM_FAULT_CRASH); a++) {
        if (sim_world_node(world, a)->alive) {
            add_option(explorer, SIM_OPTION_CRASH, 0, SIM_NO_ENDPOINT, a, 0);
        }
    }
    for (guint a = 0; a < world->nodes->len && has_kind(explorer, SIM_FAULT_CUT); a++) {
        for (guint b = a + 1; b < world->nodes->len; b++) {
            if (sim_world_node(world, a)->alive && sim_world_node(world, b)->alive &&
                !is_cut(explorer, a, b)) {
                add_option(explorer, SIM_OPTION_CUT, 0, SIM_NO_ENDPOINT, a, b);
            }
        }
    }
}

static void list_quiet(SimExplorer *explorer)
{
    g_array_set_size(explorer->options, 0);
    add_option(explorer, SIM_OPTION_GO_ON, 0, SIM_NO_ENDPOINT, 0, 0);
    for (guint i = 0; i < explorer->active->len; i++) {
        const Active *active = &g_array_index(explorer->active, Active, i);
        add_option(explorer, active->ended_by, active->name, SIM_NO_ENDPOINT, i, 0);
    }
    if (explorer->moved) {
        list_crashes_and_cuts(explorer);
    }
}

/* --- in words -------------------------------------------------------------------------------- */

static const char *const option_names[SIM_N_OPTION_KINDS] = {
    [SIM_OPTION_GO_ON] = "go-on",     [SIM_OPTION_DELIVER] = "deliver",
    [SIM_OPTION_SWAP] = "swap",       [SIM_OPTION_LOSE] = "lose",
    [SIM_OPTION_HOLD] = "hold",       [SIM_OPTION_HOLD_MESSAGE] = "hold-message",
    [SIM_OPTION_CRASH] = "crash",     [SIM_OPTION_CUT] = "cut",
    [SIM_OPTION_RELEASE] = "release", [SIM_OPTION_HEAL] = "heal",
    [SIM_OPTION_RESTART] = "restart",
};

/* "n1 > n3 CHANGE, call 5 of n1" */
static char *describe_flight(const SimWorld *world, const SimFlight *flight)
{
    const char *from = sim_world_endpoint_name(world, flight->from);
    const char *to = sim_world_endpoint_name(world, flight->to);
    if (flight->op == SIM_N_OPS) {
        return g_strdup_printf("%s > %s end of a connection", from, to);
    }
    return g_strdup_printf("%s > %s %s%s, call %u of %s", from, to,
                           flight->request ? "" : "answer of ", sim_op_name(flight->op),
                           flight->number, sim_world_endpoint_name(world, flight->caller));
}

static const SimFlight *find_flight(const SimExplorer *explorer, const SimOption *option)
{
    const GArray *heads = sim_pool_heads(explorer->world->network);
    for (guint i = 0; i < heads->len; i++) {
        const SimFlight *head = &g_array_index(heads, SimFlight, i);
        const SimFlight *second = option->kind == SIM_OPTION_SWAP
                                      ? sim_pool_second(explorer->world->network, head)
                                      : NULL;
        if (second != NULL && second->name == option->name) {
            return second;
        }
        const uint64_t name = option->kind == SIM_OPTION_HOLD ? head->stream : head->name;
        if (!head->held && name == option->name) {
            return head;
        }
    }
    return NULL;
}

static char *describe_option(const SimExplorer *explorer, const SimOption *option)
{
    const SimWorld *world = explorer->world;
    const char *a = NULL;
    switch (option->kind) {
    case SIM_OPTION_GO_ON:
        return g_strdup("time");
    case SIM_OPTION_DELIVER:
    case SIM_OPTION_SWAP:
    case SIM_OPTION_LOSE:
    case SIM_OPTION_HOLD:
    case SIM_OPTION_HOLD_MESSAGE:
        return describe_flight(world, find_flight(explorer, option));
    case SIM_OPTION_CRASH:
    case SIM_OPTION_CUT:
        a = sim_world_node(world, option->a)->name;
        return option->kind == SIM_OPTION_CRASH
                   ? g_strdup(a)
                   : g_strdup_printf("%s | %s", a, sim_world_node(world, option->b)->name);
    case SIM_OPTION_RELEASE:
    case SIM_OPTION_HEAL:
    case SIM_OPTION_RESTART:
    case SIM_N_OPTION_KINDS:
        break;
    }
    return g_strdup(g_array_index(explorer->active, Active, option->a).text);
}

/* --- carrying out ---------------------------------------------------------------------------- */

static void begin_fault(SimExplorer *explorer, const SimOption *option, SimOptionKind ended_by,
                        const char *text)
{
    const Active active = { .ended_by = ended_by,
                            .name = option->name,
                            .a = option->a,
                            .b = option->b,
                            .text = g_strdup(text) };
    open_span(explorer);
    g_array_append_val(explorer->active, active);
}

static void cut_pair(SimWorld *world, uint32_t a, uint32_t b, bool heals)
{
    const SimParty left = { SIM_PARTY_NODE, a }, right = { SIM_PARTY_NODE, b };
    const SimGroup one = { &left, 1 }, other = { &right, 1 };
    if (heals) {
        sim_world_heal_pair(world, one, other);
    } else {
        sim_world_cut(world, one, other, false, false);
    }
}

static void end_fault(SimExplorer *explorer, const SimOption *option)
{
    SimWorld *world = explorer->world;
    const Active active = g_array_index(explorer->active, Active, option->a);
    switch (option->kind) {
    case SIM_OPTION_RELEASE:
        sim_pool_release(world->network, active.name);
        break;
    case SIM_OPTION_HEAL:
        cut_pair(world, active.a, active.b, true);
        break;
    default:
        if (!sim_world_node(world, active.a)->alive) {
            sim_node_boot(sim_world_node(world, active.a));
        }
        break;
    }
    g_array_remove_index(explorer->active, option->a);
    close_spans(explorer);
}

static void carry_out(SimExplorer *explorer, const SimOption *option, const char *text)
{
    SimWorld *world = explorer->world;
    SimNetwork *network = world->network;
    world->events++;
    switch (option->kind) {
    case SIM_OPTION_GO_ON:
    case SIM_N_OPTION_KINDS:
        break;
    case SIM_OPTION_DELIVER:
    case SIM_OPTION_SWAP:
        explorer->moved = true;
        sim_pool_deliver(network, world->now_us, option->name);
        break;
    case SIM_OPTION_LOSE:
        open_span(explorer);
        sim_pool_break(network, world->now_us, find_flight(explorer, option));
        close_spans(explorer);
        break;
    case SIM_OPTION_HOLD:
        begin_fault(explorer, option, SIM_OPTION_RELEASE, text);
        sim_pool_hold_stream(network, option->name);
        break;
    case SIM_OPTION_HOLD_MESSAGE:
        begin_fault(explorer, option, SIM_OPTION_RELEASE, text);
        sim_pool_hold_packet(network, option->name);
        break;
    case SIM_OPTION_CRASH:
        begin_fault(explorer, option, SIM_OPTION_RESTART, text);
        sim_node_crash(sim_world_node(world, option->a));
        break;
    case SIM_OPTION_CUT:
        begin_fault(explorer, option, SIM_OPTION_HEAL, text);
        cut_pair(world, option->a, option->b, false);
        break;
    case SIM_OPTION_RELEASE:
    case SIM_OPTION_HEAL:
    case SIM_OPTION_RESTART:
        end_fault(explorer, option);
        break;
    }
}

/* --- stepping -------------------------------------------------------------------------------- */

/* One option alone is no choice. */
static SimOption take_choice(SimExplorer *explorer, char **text)
{
    uint64_t chosen = 0;
    if (explorer->options->len > 1) {
        explorer->asking = true;
        chosen = sim_choices_take(explorer->choices, explorer->options->len, NULL);
        explorer->asking = false;
    }
    const SimOption option = g_array_index(explorer->options, SimOption, chosen);
    if (sim_choices_want_names(explorer->choices)) {
        *text = describe_option(explorer, &option);
    }
    if (explorer->options->len > 1) {
        sim_choices_name(explorer->choices, g_intern_static_string(option_names[option.kind]),
                         *text);
    }
    return option;
}

const char *sim_explorer_undigested(const SimExplorer *explorer)
{
    return sim_world_undigested(explorer->world);
}

uint64_t sim_explorer_digest(const SimExplorer *explorer)
{
    uint64_t digest =
        distro_mix(sim_world_digest(explorer->world), explorer->story(explorer->story_data));
    uint64_t sum = 0;
    for (guint i = 0; i < explorer->active->len; i++) {
        const Active *one = &g_array_index(explorer->active, Active, i);
        sum += distro_mix(distro_mix(one->ended_by, one->name), (uint64_t)one->a << 32 | one->b);
    }
    digest = distro_mix(digest, explorer->moved * 2u + explorer->in_flight);
    return distro_mix(digest, sum);
}

static bool is_worth_going_on(const SimExplorer *explorer)
{
    return explorer->quiet == NULL || explorer->quiet(explorer->quiet_data, explorer);
}

static void choose_and_do(SimExplorer *explorer, bool *goes_on)
{
    g_autofree char *text = NULL;
    const SimOption option = take_choice(explorer, &text);
    *goes_on = option.kind == SIM_OPTION_GO_ON;
    carry_out(explorer, &option, text);
    sim_world_look(explorer->world);
}

bool sim_explorer_step(SimExplorer *explorer, int64_t until_us)
{
    SimWorld *world = explorer->world;
    bool goes_on = false;
    if (world->stopped || sim_event_queue_peek(world->queue) <= world->now_us) {
        return sim_world_step(world, world->now_us);
    }
    explorer->in_flight = true;
    if (list_flights(explorer)) {
        choose_and_do(explorer, &goes_on);
        return true;
    }
    explorer->in_flight = false;
    explorer->moved |= world->at_fault_point;
    world->at_fault_point = false;
    if (explorer->moved || explorer->active->len > 0) {
        if (!is_worth_going_on(explorer)) {
            explorer->given_up = true;
            return false;
        }
        list_quiet(explorer);
        explorer->moved = false;
        choose_and_do(explorer, &goes_on);
        if (!goes_on) {
            return true;
        }
    }
    return sim_world_step(world, until_us);
}

const SimOption *sim_explorer_options(const SimExplorer *explorer, size_t *count)
{
    *count = explorer->asking ? explorer->options->len : 0;
    return explorer->asking ? (const SimOption *)(void *)explorer->options->data : NULL;
}

void sim_explorer_stop(SimExplorer *explorer)
{
    explorer->given_up = true;
    explorer->world->stopped = true;
}

bool sim_explorer_gave_up(const SimExplorer *explorer)
{
    return explorer->given_up;
}

bool sim_explorer_in_flight(const SimExplorer *explorer)
{
    return explorer->in_flight;
}
