/* tools/distrod/host/host.c -- the loop around distro_node_step. */
#include "tools/distrod/host/host.h"

enum {
    N_EFFECTS = DISTRO_EFFECT_MATCHED + 1
};

typedef struct Carrier {
    RegCarry carry;
    void *data;
} Carrier;

/* An input that waits, and what it points to. */
typedef struct Waiting {
    DistroInput input;
    DistroFrame frame; /* of a REQUEST or an OUTCOME */
    GArray *addresses; /* of BOOT or MEMBERS */
} Waiting;

struct RegHost {
    RegTimers *timers;
    RegTimer wake;
    DistroDictionary *dictionary;
    DistroNode *node;
    DistroConfig config;
    DistroName self;
    GArray *carriers[N_EFFECTS]; /* Carrier */
    GQueue waiting;              /* Waiting */
    bool busy;
    uint64_t calls, steps;
};

static void wake_node(RegTimer *timer)
{
    RegHost *host = REG_OWNER(timer, RegHost, wake);
    const DistroInput input = { .kind = DISTRO_INPUT_WAKE };
    reg_host_submit(host, &input);
}

RegHost *reg_host_new(RegTimers *timers, const DistroConfig *config, const char *self)
{
    RegHost *host = g_new0(RegHost, 1);
    host->timers = timers;
    host->wake.fire = wake_node;
    host->dictionary = distro_dictionary_new();
    host->config = *config;
    host->self = distro_dictionary_name(host->dictionary, self);
    host->node = distro_node_new(config, host->self, host->dictionary);
    for (int i = 0; i < N_EFFECTS; i++) {
        host->carriers[i] = g_array_new(false, false, sizeof(Carrier));
    }
    g_queue_init(&host->waiting);
    return host;
}

/* ---- inputs that wait ---- */

static const DistroFrame *frame_of(const DistroInput *input)
{
    switch (input->kind) {
    case DISTRO_INPUT_REQUEST:
        return input->request.frame;
    case DISTRO_INPUT_OUTCOME:
        return input->outcome.frame;
    default:
        return NULL;
    }
}

static void keep_frame(Waiting *waiting)
{
    const DistroFrame *frame = frame_of(&waiting->input);
    if (frame == NULL) {
        return;
    }
    waiting->frame = distro_frame_ref(frame);
    if (waiting->input.kind == DISTRO_INPUT_REQUEST) {
        waiting->input.request.frame = &waiting->frame;
    } else {
        waiting->input.outcome.frame = &waiting->frame;
    }
}

static void keep_addresses(Waiting *waiting)
{
    DistroInput *input = &waiting->input;
    if (input->kind != DISTRO_INPUT_BOOT && input->kind != DISTRO_INPUT_MEMBERS) {
        return;
    }
    waiting->addresses = g_array_new(false, false, sizeof(DistroName));
    g_array_append_vals(waiting->addresses, input->members.addresses, input->members.count);
    input->members.addresses = (const DistroName *)(const void *)waiting->addresses->data;
}

static void enqueue_input(RegHost *host, const DistroInput *input)
{
    Waiting *waiting = g_new0(Waiting, 1);
    waiting->input = *input;
    keep_frame(waiting);
    keep_addresses(waiting);
    g_queue_push_tail(&host->waiting, waiting);
}

static void free_waiting(gpointer data)
{
    Waiting *waiting = data;
    distro_frame_clear(&waiting->frame);
    g_clear_pointer(&waiting->addresses, g_array_unref);
    g_free(waiting);
}

void reg_host_free(RegHost *host)
{
    if (host == NULL) {
        return;
    }
    reg_timers_clear(host->timers, &host->wake);
    g_queue_clear_full(&host->waiting, free_waiting);
    for (int i = 0; i < N_EFFECTS; i++) {
        g_array_unref(host->carriers[i]);
    }
    distro_node_free(host->node);
    distro_dictionary_free(host->dictionary);
    g_free(host);
}

/* ---- the step ---- */

void reg_host_carry(RegHost *host, DistroEffectKind kind, RegCarry carry, void *data)
{
    const Carrier carrier = { carry, data };
    g_array_append_val(host->carriers[kind], carrier);
}

static void carry_out(const RegHost *host, const DistroEffect *effect)
{
    const GArray *carriers = host->carriers[effect->kind];
    for (guint i = 0; i < carriers->len; i++) {
        const Carrier *carrier = &g_array_index(carriers, Carrier, i);
        carrier->carry(carrier->data, effect);
    }
}

static void set_wake(RegHost *host, int64_t wake_at_us)
{
    if (wake_at_us == INT64_MAX) {
        reg_timers_clear(host->timers, &host->wake);
    } else if (host->wake.place == 0 || host->wake.at_us != wake_at_us) {
        reg_timers_set(host->timers, &host->wake, wake_at_us);
    }
}

static void step_node(RegHost *host, DistroInput *input)
{
    input->now_us = g_get_monotonic_time();
    input->wall_us = g_get_real_time();
    const DistroEffects *effects = distro_node_step(host->node, input);
    host->steps++;
    set_wake(host, effects->wake_at_us);
    for (size_t i = 0; i < effects->count; i++) {
        carry_out(host, &effects->items[i]);
    }
}

void reg_host_submit(RegHost *host, const DistroInput *input)
{
    if (host->busy) {
        enqueue_input(host, input);
        return;
    }
    DistroInput timed = *input;
    host->busy = true;
    step_node(host, &timed);
    while (!g_queue_is_empty(&host->waiting)) {
        Waiting *waiting = g_queue_pop_head(&host->waiting);
        step_node(host, &waiting->input);
        free_waiting(waiting);
    }
    host->busy = false;
}

static void submit_members(RegHost *host, DistroInputKind kind, const char *const *addresses,
                           size_t count)
{
    g_autofree DistroName *names = g_new(DistroName, count);
    for (size_t i = 0; i < count; i++) {
        names[i] = distro_dictionary_name(host->dictionary, addresses[i]);
    }
    const DistroInput input = { .kind = kind, .members = { names, (uint32_t)count } };
    reg_host_submit(host, &input);
}

void reg_host_boot(RegHost *host, const char *const *addresses, size_t count)
{
    submit_members(host, DISTRO_INPUT_BOOT, addresses, count);
}

void reg_host_members(RegHost *host, const char *const *addresses, size_t count)
{
    submit_members(host, DISTRO_INPUT_MEMBERS, addresses, count);
}

void reg_host_operate(RegHost *host, DistroOperationKind kind, DistroClient client,
                      DistroService service, DistroPublication publication)
{
    const DistroInput input = { .kind = DISTRO_INPUT_OPERATION,
                                .operation = { .kind = kind,
                                               .client = client,
                                               .service = service,
                                               .publication = publication } };
    reg_host_submit(host, &input);
}

const DistroNode *reg_host_node(const RegHost *host)
{
    return host->node;
}

DistroDictionary *reg_host_dictionary(const RegHost *host)
{
    return host->dictionary;
}

const DistroConfig *reg_host_config(const RegHost *host)
{
    return &host->config;
}

DistroName reg_host_self(const RegHost *host)
{
    return host->self;
}

uint64_t reg_host_new_call(RegHost *host)
{
    return ++host->calls;
}

uint64_t reg_host_steps(const RegHost *host)
{
    return host->steps;
}
