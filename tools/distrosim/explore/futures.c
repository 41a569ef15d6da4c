/* tools/distrosim/explore/futures.c -- see futures.h. */
#include "tools/distrosim/explore/futures.h"

#include <math.h>

#include "tools/distrosim/output/console.h"
#include "tools/distrosim/run/choice_file.h"
#include "tools/distrosim/sweep/pool.h"

/* The 97.5 % quantile of the normal distribution. */
#define Z95 1.959963984540054

typedef struct Making {
    const Futures *what;
    GArray *futures;
} Making;

/* Of one call of the runner. */
typedef struct Taking {
    const Runner *runner;
    Future *future;
} Taking;

static void clear_future(gpointer data)
{
    Future *future = data;
    g_free(future->reason);
    g_free(future->line);
    g_free(future->choices);
}

static SimChoices *draw_choices(void *data)
{
    (void)data;
    return sim_choices_new(SIM_CHOICES_SEED);
}

static void take_choices(void *data, const SimChoices *choices, const SimResult *result)
{
    Taking *taking = data;
    taking->future->choices =
        choice_file_text(taking->runner, sim_choices_taken(choices), result->fingerprint);
}

static void take_result(Future *future, const SimResult *result)
{
    const GArray *violations = result->violations;
    future->verdict = result->verdict;
    future->reason = g_strdup(result->reason);
    future->line = output_red_line(result);
    future->fingerprint = result->fingerprint;
    future->check = violations->len > 0 && result->verdict != SIM_VERDICT_ERROR
                        ? g_intern_string(g_array_index(violations, SimViolation, 0).check)
                        : "";
}

static void make_one(void *data, size_t index)
{
    Making *making = data;
    Future *future = &g_array_index(making->futures, Future, index);
    Runner runner = *making->what->base;
    Taking taking = { &runner, future };
    future->seed = making->what->seeds[index];
    runner.until_us = INT64_MAX;
    runner.branches = true;
    runner.branch_us = making->what->at_us;
    runner.branch_seed = future->seed;
    runner.choices = draw_choices;
    runner.chosen = take_choices;
    runner.choices_data = &taking;
    bool usage = false;
    g_autoptr(SimResult) result = runner_run(&runner, &usage);
    if (result != NULL) {
        take_result(future, result);
        future->usage = usage;
        future->made = true;
    }
}

static bool tell_one(void *data, size_t index)
{
    const Making *making = data;
    const Future *future = &g_array_index(making->futures, Future, index);
    if (future->made && making->what->told != NULL) {
        making->what->told(making->what->data, future);
    }
    return future->made;
}

static void tick(void *data, size_t finished)
{
    const Making *making = data;
    if (making->what->tick != NULL) {
        making->what->tick(making->what->data, finished);
    }
}

GArray *futures_make(const Futures *what)
{
    Making making = { what, g_array_new(false, true, sizeof(Future)) };
    g_array_set_clear_func(making.futures, clear_future);
    g_array_set_size(making.futures, (guint)what->count);
    const Pool pool = {
        .count = what->count,
        .jobs = what->jobs,
        .data = &making,
        .work = make_one,
        .done = tell_one,
        .tick = tick,
    };
    size_t done = pool_run(&pool);
    while (done > 0 && !g_array_index(making.futures, Future, done - 1).made) {
        done--;
    }
    g_array_set_size(making.futures, (guint)done);
    return making.futures;
}

bool future_is_red(const Future *future)
{
    return future->verdict == SIM_VERDICT_UNSAFE || future->verdict == SIM_VERDICT_DIVERGED;
}

void futures_interval(size_t hits, size_t count, double *low, double *high)
{
    const double n = (double)count;
    const double share = count > 0 ? (double)hits / n : 0.0;
    const double z2 = Z95 * Z95;
    if (count == 0) {
        *low = 0.0;
        *high = 1.0;
        return;
    }
    const double middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    const double half = Z95 / (1.0 + z2 / n) * sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n));
    *low = MAX(0.0, middle - half);
    *high = MIN(1.0, middle + half);
}
