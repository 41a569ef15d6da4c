/* sim/base/prng.h -- chance, drawn from one seed by name.
 *
 * A stream is keyed by the run's seed and a name such as "net/n1>n3" or "workload/c17": a further
 * draw in one stream moves nothing in another. All arithmetic is on integers, so that no compiler,
 * C library or CPU can round a draw differently. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct SimPrng {
    uint64_t state;
} SimPrng;

SimPrng sim_prng_stream(uint64_t seed, const char *name);
/* For families of streams too many to name: "net/c" and 17. */
SimPrng sim_prng_stream_n(uint64_t seed, const char *family, uint64_t number);

/* What @prng gives from now on follows from what it would have given and from @seed. A stream that
 * has not begun (state 0) is left alone. */
void sim_prng_redraw(SimPrng *prng, uint64_t seed);

uint64_t sim_prng_u64(SimPrng *prng);
/* Uniform in [0, bound), bound > 0, unbiased. */
uint64_t sim_prng_below(SimPrng *prng, uint64_t bound);
/* Uniform in [low, high], both included. */
int64_t sim_prng_between(SimPrng *prng, int64_t low, int64_t high);

/* A probability as a threshold of 2^32: 0 never, SIM_CHANCE_ONE always. */
typedef uint64_t SimChance;
#define SIM_CHANCE_ONE ((SimChance)1 << 32)
SimChance sim_chance(double proportion);             /* clamps to [0, 1] */
bool sim_prng_hits(SimPrng *prng, SimChance chance); /* draws only if 0 < chance < one */

/* Exponential with the given mean, at least 1. For arrivals of a Poisson process. */
int64_t sim_prng_exponential(SimPrng *prng, int64_t mean);

/* A lognormal factor: value * exp(sigma * Z), Z standard normal; @sigma_q32 is sigma * 2^32. */
int64_t sim_prng_lognormal(SimPrng *prng, int64_t value, int64_t sigma_q32);
/* The quantile of that distribution at @u / 2^64; a draw is one at a uniform @u. */
int64_t sim_lognormal_quantile(int64_t value, int64_t sigma_q32, uint64_t u);
/* sigma * 2^32 such that the @quantile_of_95 / median ratio of the factor is
 * p95 / p50 (both > 0, p95 >= p50). Integer arithmetic. */
int64_t sim_lognormal_sigma_q32(int64_t p50, int64_t p95);

/* Natural logarithm and exponential on Q32 fixed point (value * 2^32), exact to 1e-8. */
int64_t sim_fixed_ln_q32(uint64_t x_q32);
uint64_t sim_fixed_exp_q32(int64_t x_q32); /* saturates */
