/* tests/unit/test_raft_history.c -- which histories have one order that explains every answer. */
#include "sim/raft/history.h"

#include "sim/base/prng.h"
#include "tests/support/check.h"

/* A history as a line of words, one per instant: "a" begins the write of a, "A" ends it, "!a"
 * refuses it, "?a" reads it, "?0" reads nothing. Lower-case letters are values. */
static bool is_linearizable(const char *line)
{
    g_autoptr(SimWriteHistory) history = sim_history_new();
    uint32_t writes['z' + 1] = { 0 };
    for (const char *at = line; *at != '\0'; at++) {
        if (*at == '?') {
            at++;
            sim_history_read(history, 1, *at == '0' ? 0 : (uint64_t)*at);
        } else if (*at == '!') {
            at++;
            sim_history_refuse_write(history, writes[(int)*at]);
        } else if (g_ascii_islower(*at)) {
            writes[(int)*at] = sim_history_begin_write(history, 1, (uint64_t)*at);
        } else if (g_ascii_isupper(*at)) {
            sim_history_end_write(history, writes[(int)g_ascii_tolower(*at)]);
        }
    }
    return sim_history_check(history, NULL);
}

static void a_read_sees_the_last_write(void)
{
    check_true(is_linearizable("?0 a A ?a b B ?b ?b"));
    check_true(!is_linearizable("a A b B ?a"));
    check_true(!is_linearizable("a A ?0"));
    check_true(!is_linearizable("?a"));
    check_true(!is_linearizable("?a a A"));
}

static void writes_under_way_at_once_may_come_in_any_order(void)
{
    check_true(is_linearizable("a b A B ?a"));
    check_true(is_linearizable("a b A B ?b"));
    check_true(is_linearizable("a b ?b ?a A B"));
    check_true(!is_linearizable("a b A B ?a ?b"));
    check_true(!is_linearizable("a b ?b ?a ?b A B"));
}

static void a_write_that_never_ended_may_come_late_or_never(void)
{
    check_true(is_linearizable("a b B ?b ?a"));
    check_true(is_linearizable("a b B ?b ?b"));
    check_true(!is_linearizable("a b B ?a ?b ?a"));
}

static void a_refused_write_is_not_seen(void)
{
    check_true(is_linearizable("a !a ?0"));
    check_true(!is_linearizable("a !a ?a"));
}

static void an_acknowledged_write_is_not_undone_by_an_earlier_one(void)
{
    check_true(!is_linearizable("a A b B ?b c C ?b"));
    check_true(!is_linearizable("a A ?a b B ?a"));
}

static void keys_are_looked_at_one_by_one(void)
{
    g_autoptr(SimWriteHistory) history = sim_history_new();
    for (uint64_t key = 1; key <= 3; key++) {
        sim_history_end_write(history, sim_history_begin_write(history, key, key * 10));
    }
    sim_history_read(history, 1, 10);
    sim_history_read(history, 3, 30);
    check_true(sim_history_check(history, NULL));
    sim_history_read(history, 2, 0);
    uint64_t key;
    check_true(!sim_history_check(history, &key));
    check_uint(key, ==, 2);
}

/* --- against every order there is --------------------------------------------------------- */

#define MOST 6

typedef struct Operation {
    bool is_read;
    uint64_t value;
    int begun, ended; /* .ended 0: never */
} Operation;

/* Does any order of the operations, those without an end left out at will, explain the reads? */
static bool try_orders(const Operation *operations, int count, unsigned done, uint64_t value)
{
    bool all = true;
    for (int i = 0; i < count; i++) {
        if ((done & 1u << i) != 0) {
            continue;
        }
        all = all && operations[i].ended == 0;
        bool may_be_next = true;
        for (int j = 0; j < count; j++) {
            may_be_next = may_be_next && ((done & 1u << j) != 0 || operations[j].ended == 0 ||
                                          operations[j].ended > operations[i].begun);
        }
        if (may_be_next && (!operations[i].is_read || operations[i].value == value) &&
            try_orders(operations, count, done | 1u << i,
                       operations[i].is_read ? value : operations[i].value)) {
            return true;
        }
    }
    return all;
}

/* One or two writers whose writes overlap as they like, and reads in between. */
static int draw_history(SimPrng *prng, SimWriteHistory *history, Operation *operations)
{
    uint32_t open[2] = { 0, 0 };
    int open_at[2] = { -1, -1 }, count = 0, position = 0;
    uint64_t values = 0;
    while (count < MOST) {
        const uint64_t what = sim_prng_below(prng, 5);
        const int writer = (int)sim_prng_below(prng, 2);
        position++;
        if (what >= 3) {
            const uint64_t value = sim_prng_below(prng, values + 1);
            operations[count++] = (Operation) {
                .is_read = true, .value = value, .begun = 2 * position, .ended = 2 * position + 1
            };
            sim_history_read(history, 1, value);
        } else if (open_at[writer] < 0) {
            operations[count] = (Operation) { .value = ++values, .begun = 2 * position };
            open_at[writer] = count++;
            open[writer] = sim_history_begin_write(history, 1, values);
        } else if (what == 0) {
            open_at[writer] = -1; /* its end is never heard of */
        } else {
            operations[open_at[writer]].ended = 2 * position;
            open_at[writer] = -1;
            sim_history_end_write(history, open[writer]);
        }
    }
    return count;
}

static void zones_say_what_trying_every_order_says(void)
{
    SimPrng prng = sim_prng_stream(1, "histories");
    int good = 0, bad = 0;
    for (int round = 0; round < 20000; round++) {
        g_autoptr(SimWriteHistory) history = sim_history_new();
        Operation operations[MOST];
        const int count = draw_history(&prng, history, operations);
        const bool expected = try_orders(operations, count, 0, 0);
        check_true(sim_history_check(history, NULL) == expected);
        good += expected;
        bad += !expected;
    }
    check_int(good, >, 2000);
    check_int(bad, >, 2000);
}

int main(void)
{
    static const Test tests[] = {
        { "a read sees the last write", a_read_sees_the_last_write },
        { "writes under way at once may come in any order",
          writes_under_way_at_once_may_come_in_any_order },
        { "a write that never ended may come late or never",
          a_write_that_never_ended_may_come_late_or_never },
        { "a refused write is not seen", a_refused_write_is_not_seen },
        { "an acknowledged write is not undone by an earlier one",
          an_acknowledged_write_is_not_undone_by_an_earlier_one },
        { "keys are looked at one by one", keys_are_looked_at_one_by_one },
        { "zones say what trying every order says", zones_say_what_trying_every_order_says },
        { 0 },
    };
    return run_tests("histories", tests);
}
