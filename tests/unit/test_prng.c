/* tests/unit/test_prng.c -- streams, and the shapes of what is drawn from them. */
#include <glib.h>
#include <math.h>

#include "sim/base/prng.h"
#include "tests/support/check.h"

enum {
    DRAWS = 200000
};
#define Q32 4294967296.0

/* --- streams --------------------------------------------------------------------------------- */

/* Every seed that a scenario keeps depends on these. */
static void draws_are_what_they_always_were(void)
{
    SimPrng named = sim_prng_stream(41, "net/n1>n3");
    SimPrng numbered = sim_prng_stream_n(41, "net/c", 17);
    check_uint(sim_prng_u64(&named), ==, 0x6d9eb937b8421594u);
    check_uint(sim_prng_u64(&named), ==, 0x445cb179dcf13365u);
    check_uint(sim_prng_u64(&numbered), ==, 0x56f89cb13dc774e5u);
    check_int(sim_prng_between(&named, -1000, 1000), ==, -721);
    check_int(sim_prng_exponential(&named, 1000000), ==, 1373426);
    check_int(sim_prng_lognormal(&named, 1000000, (int64_t)1 << 31), ==, 1027025);
}

/* Two steps of SplitMix64 from state 0, as its authors' code gives them. */
static void the_generator_is_splitmix64(void)
{
    SimPrng prng = { 0 };
    check_uint(sim_prng_u64(&prng), ==, 0xe220a8397b1dcdafu);
    check_uint(sim_prng_u64(&prng), ==, 0x6e789e6aa1b965f4u);
}

static void a_draw_in_one_stream_moves_nothing_in_another(void)
{
    SimPrng a = sim_prng_stream(1, "a"), b = sim_prng_stream(1, "b");
    SimPrng quiet = b;
    for (int i = 0; i < 100; i++) {
        sim_prng_u64(&a);
    }
    check_uint(sim_prng_u64(&b), ==, sim_prng_u64(&quiet));
}

static void names_numbers_and_seeds_tell_streams_apart(void)
{
    const uint64_t first[] = {
        sim_prng_stream(1, "a").state,      sim_prng_stream(1, "b").state,
        sim_prng_stream(2, "a").state,      sim_prng_stream_n(1, "a", 0).state,
        sim_prng_stream_n(1, "a", 1).state, sim_prng_stream_n(2, "a", 0).state,
        sim_prng_stream_n(1, "b", 0).state, sim_prng_stream(1, "").state,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(first); i++) {
        for (size_t j = 0; j < i; j++) {
            check_uint(first[i], !=, first[j]);
        }
    }
}

/* Neighbouring streams agree in about half their bits. */
static void neighbouring_streams_are_uncorrelated(void)
{
    int64_t agreeing = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        SimPrng a = sim_prng_stream_n(7, "net/c", i), b = sim_prng_stream_n(7, "net/c", i + 1);
        agreeing += __builtin_popcountll(~(sim_prng_u64(&a) ^ sim_prng_u64(&b)));
    }
    check_int(agreeing, >, 320000 - 2000); /* five standard deviations */
    check_int(agreeing, <, 320000 + 2000);
}

/* --- uniform ---------------------------------------------------------------------------------- */

static void below_is_even_and_stays_below(void)
{
    SimPrng prng = sim_prng_stream(3, "test");
    int64_t counts[7] = { 0 };
    for (int i = 0; i < 7 * 10000; i++) {
        counts[sim_prng_below(&prng, 7)]++;
    }
    for (int i = 0; i < 7; i++) {
        check_int(counts[i], >, 9500);
        check_int(counts[i], <, 10500);
    }
    check_uint(sim_prng_below(&prng, 1), ==, 0);
    check_uint(sim_prng_below(&prng, UINT64_MAX), <, UINT64_MAX);
}

static void between_includes_both_ends_and_any_range(void)
{
    SimPrng prng = sim_prng_stream(3, "test");
    bool low = false, high = false;
    for (int i = 0; i < 1000; i++) {
        int64_t drawn = sim_prng_between(&prng, -2, 2);
        check_true(drawn >= -2 && drawn <= 2);
        low = low || drawn == -2;
        high = high || drawn == 2;
    }
    check_true(low && high);
    check_int(sim_prng_between(&prng, 5, 5), ==, 5);
    sim_prng_between(&prng, INT64_MIN, INT64_MAX);
}

static void a_chance_is_exact_and_clamped(void)
{
    check_uint(sim_chance(0.5), ==, SIM_CHANCE_ONE / 2);
    check_uint(sim_chance(1.0 / 65536), ==, 65536);
    check_uint(sim_chance(-1), ==, 0);
    check_uint(sim_chance(7), ==, SIM_CHANCE_ONE);
    check_uint(sim_chance((double)NAN), ==, 0);
}

static void never_and_always_draw_nothing(void)
{
    SimPrng prng = sim_prng_stream(3, "test"), before = prng;
    check_true(!sim_prng_hits(&prng, 0));
    check_true(sim_prng_hits(&prng, SIM_CHANCE_ONE));
    check_uint(prng.state, ==, before.state);
    int64_t hits = 0;
    for (int i = 0; i < DRAWS; i++) {
        hits += sim_prng_hits(&prng, sim_chance(0.01));
    }
    check_int(hits, >, 2000 - 220);
    check_int(hits, <, 2000 + 220);
}

/* --- fixed point ------------------------------------------------------------------------------ */

static int64_t billionths(double value)
{
    return (int64_t)(value * 1e9);
}

static void logarithms_are_exact_to_a_hundred_millionth(void)
{
    static const double samples[] = { 1e-9, 0.001,       0.5, 0.999999, 1,  1.000001,
                                      2,    2.718281828, 10,  1e6,      4e9 };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        uint64_t x_q32 = (uint64_t)(samples[i] * Q32);
        double expected = log((double)x_q32 / Q32);
        double seen = (double)sim_fixed_ln_q32(x_q32) / Q32;
        check_int(labs(billionths(seen - expected)), <, 10);
    }
    check_int(sim_fixed_ln_q32((uint64_t)1 << 32), ==, 0);
}

static void exponentials_are_exact_to_a_hundred_millionth(void)
{
    for (double x = -10; x < 21.5; x += 0.0371) {
        double x_q32 = floor(x * Q32);
        double expected = exp(x_q32 / Q32);
        double seen = (double)sim_fixed_exp_q32((int64_t)x_q32) / Q32;
        double slack = 1e-8 * (expected > 1 ? expected : 1);
        check_true(fabs(seen - expected) < slack);
    }
    check_uint(sim_fixed_exp_q32(0), ==, (uint64_t)1 << 32);
    check_uint(sim_fixed_exp_q32(INT64_MAX), ==, UINT64_MAX);
    check_uint(sim_fixed_exp_q32(INT64_MIN), ==, 0);
}

/* --- distributions ---------------------------------------------------------------------------- */

static int compare_int64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* @part of the way through the sorted draws. */
static double quantile(const int64_t *sorted, double part)
{
    return (double)sorted[(size_t)(part * DRAWS)];
}

static void check_near(double seen, double expected, double tolerance)
{
    check_true(fabs(seen / expected - 1) < tolerance);
}

static void exponential_draws_have_its_mean_and_quantiles(void)
{
    SimPrng prng = sim_prng_stream(5, "test/exponential");
    g_autofree int64_t *drawn = g_new(int64_t, DRAWS);
    double sum = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        sum += (double)(drawn[i] = sim_prng_exponential(&prng, 1000000));
    }
    qsort(drawn, DRAWS, sizeof *drawn, compare_int64);
    check_near(sum / DRAWS, 1e6, 0.01);
    check_near(quantile(drawn, 0.10), -1e6 * log(0.90), 0.03);
    check_near(quantile(drawn, 0.50), -1e6 * log(0.50), 0.01);
    check_near(quantile(drawn, 0.95), -1e6 * log(0.05), 0.01);
    check_near(quantile(drawn, 0.999), -1e6 * log(0.001), 0.03);
    check_int(drawn[0], >=, 1);
}

static void lognormal_draws_have_the_measured_median_and_95th_percentile(void)
{
    SimPrng prng = sim_prng_stream(5, "test/lognormal");
    int64_t sigma_q32 = sim_lognormal_sigma_q32(100000, 180000);
    g_autofree int64_t *drawn = g_new(int64_t, DRAWS);
    for (size_t i = 0; i < DRAWS; i++) {
        drawn[i] = sim_prng_lognormal(&prng, 100000, sigma_q32);
    }
    qsort(drawn, DRAWS, sizeof *drawn, compare_int64);
    double sigma = (double)sigma_q32 / Q32;
    check_near(sigma, log(1.8) / 1.6448536269514722, 1e-8);
    check_near(quantile(drawn, 0.50), 100000, 0.005);
    check_near(quantile(drawn, 0.95), 180000, 0.01);
    check_near(quantile(drawn, 0.05), 100000 / 1.8, 0.01);
    check_near(quantile(drawn, 0.001), 100000 * exp(-3.0902323 * sigma), 0.03);
    check_near(quantile(drawn, 0.999), 100000 * exp(3.0902323 * sigma), 0.03);
}

static void no_spread_leaves_a_value_alone(void)
{
    SimPrng prng = sim_prng_stream(5, "test");
    check_int(sim_lognormal_sigma_q32(210, 210), ==, 0);
    check_int(sim_prng_lognormal(&prng, 123456, 0), ==, 123456);
}

int main(void)
{
    static const Test tests[] = {
        { "draws are what they always were", draws_are_what_they_always_were },
        { "the generator is SplitMix64", the_generator_is_splitmix64 },
        { "a draw in one stream moves nothing in another",
          a_draw_in_one_stream_moves_nothing_in_another },
        { "names, numbers and seeds tell streams apart",
          names_numbers_and_seeds_tell_streams_apart },
        { "neighbouring streams are uncorrelated", neighbouring_streams_are_uncorrelated },
        { "below is even and stays below", below_is_even_and_stays_below },
        { "between includes both ends and any range", between_includes_both_ends_and_any_range },
        { "a chance is exact and clamped", a_chance_is_exact_and_clamped },
        { "never and always draw nothing", never_and_always_draw_nothing },
        { "logarithms are exact to a hundred millionth",
          logarithms_are_exact_to_a_hundred_millionth },
        { "exponentials are exact to a hundred millionth",
          exponentials_are_exact_to_a_hundred_millionth },
        { "exponential draws have its mean and quantiles",
          exponential_draws_have_its_mean_and_quantiles },
        { "lognormal draws have the measured median and 95th percentile",
          lognormal_draws_have_the_measured_median_and_95th_percentile },
        { "no spread leaves a value alone", no_spread_leaves_a_value_alone },
        { 0 },
    };
    return run_tests("prng", tests);
}
