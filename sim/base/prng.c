/* sim/base/prng.c -- SplitMix64 streams and what is drawn from them, on integers only.
 *
 * The generator is Steele, Lea and Flood's SplitMix64 (OOPSLA 2014): a counter with a fixed stride
 * and a mixer of its values. Fixed point is Q32 (value * 2^32) at the interface; inside, products
 * take 128 bits. Normal variates come from P. J. Acklam's rational approximation of the inverse
 * normal distribution function (relative error below 1.2e-9) with its coefficients in Q32. */
#include "sim/base/prng.h"

#include <glib.h>

__extension__ typedef unsigned __int128 Wide;
__extension__ typedef __int128 SignedWide;

#define STRIDE 0x9e3779b97f4a7c15u
#define ONE_Q32 ((int64_t)1 << 32)
#define LN2_Q32 INT64_C(2977044472)
#define LN2_Q60 INT64_C(799144290325165979)
#define Z95_Q32 INT64_C(7064592534) /* the standard normal's 95 % quantile, 1.6448536 */

/* --- streams --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t hash_name(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *c = name; *c; c++) {
        hash = (hash ^ (uint8_t)*c) * 0x100000001b3u;
    }
    return hash;
}

SimPrng sim_prng_stream(uint64_t seed, const char *name)
{
    return (SimPrng) { mix(mix(seed + STRIDE) ^ hash_name(name)) };
}

SimPrng sim_prng_stream_n(uint64_t seed, const char *family, uint64_t number)
{
    SimPrng base = sim_prng_stream(seed, family);
    return (SimPrng) { mix(base.state ^ mix(number + STRIDE)) };
}

void sim_prng_redraw(SimPrng *prng, uint64_t seed)
{
    if (prng->state != 0) {
        prng->state = mix(prng->state ^ mix(seed + STRIDE));
    }
}

uint64_t sim_prng_u64(SimPrng *prng)
{
    prng->state += STRIDE;
    return mix(prng->state);
}

/* Lemire's method: the high half of a product is uniform once its few surplus cases are rejected.
 */
uint64_t sim_prng_below(SimPrng *prng, uint64_t bound)
{
    g_assert_cmpuint(bound, >, 0);
    Wide product = (Wide)sim_prng_u64(prng) * bound;
    if ((uint64_t)product < bound) {
        uint64_t surplus = -bound % bound;
        while ((uint64_t)product < surplus) {
            product = (Wide)sim_prng_u64(prng) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

int64_t sim_prng_between(SimPrng *prng, int64_t low, int64_t high)
{
    g_assert_cmpint(low, <=, high);
    uint64_t span = (uint64_t)high - (uint64_t)low;
    uint64_t offset = span == UINT64_MAX ? sim_prng_u64(prng) : sim_prng_below(prng, span + 1);
    return (int64_t)((uint64_t)low + offset);
}

/* --- chances --------------------------------------------------------------------------------- */

SimChance sim_chance(double proportion)
{
    if (!(proportion > 0)) { /* not a number is never, too */
        return 0;
    }
    if (proportion >= 1) {
        return SIM_CHANCE_ONE;
    }
    return (SimChance)(proportion * 4294967296.0); /* a power of two: the product is exact */
}

bool sim_prng_hits(SimPrng *prng, SimChance chance)
{
    if (chance == 0) {
        return false;
    }
    if (chance >= SIM_CHANCE_ONE) {
        return true;
    }
    return sim_prng_u64(prng) >> 32 < chance;
}

/* --- fixed point ----------------------------------------------------------------------------- */

static int64_t saturate(SignedWide value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static int64_t multiply_q32(int64_t a, int64_t b)
{
    return saturate((SignedWide)a * b >> 32);
}

static int64_t divide_q32(int64_t a, int64_t b)
{
    return saturate((SignedWide)a * ONE_Q32 / b);
}

static int64_t multiply_q60(int64_t a, int64_t b)
{
    return (int64_t)((SignedWide)a * b >> 60);
}

/* x = m * 2^e with m in [1, 2): ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)). The series' argument
 * is at most 1/3, so fourteen terms leave an error below 1e-14. */
int64_t sim_fixed_ln_q32(uint64_t x_q32)
{
    g_assert_cmpuint(x_q32, >, 0);
    int exponent = 63 - __builtin_clzll(x_q32);
    int64_t m_q60 = (int64_t)((x_q32 << (63 - exponent)) >> 3);
    const int64_t one_q60 = (int64_t)1 << 60;
    int64_t y = (int64_t)(((SignedWide)(m_q60 - one_q60) << 60) / ((SignedWide)m_q60 + one_q60));
    int64_t square = multiply_q60(y, y);
    int64_t power = y, sum = 0;
#pragma GCC unroll 14
    for (int k = 1; k <= 27; k += 2) { /* unrolled, so that dividing by k is multiplying */
        sum += power / k;
        power = multiply_q60(power, square);
    }
    SignedWide ln_q60 = (SignedWide)(exponent - 32) * LN2_Q60 + 2 * (SignedWide)sum;
    return (int64_t)((ln_q60 + ((int64_t)1 << 27)) >> 28);
}

/* x = n ln 2 + r with 0 <= r < ln 2: exp x = 2^n * (the Taylor series of r). */
uint64_t sim_fixed_exp_q32(int64_t x_q32)
{
    if (x_q32 >= 32 * LN2_Q32) {
        return UINT64_MAX;
    }
    if (x_q32 <= -33 * LN2_Q32) {
        return 0;
    }
    int64_t n = x_q32 / LN2_Q32 - (x_q32 % LN2_Q32 < 0);
    int64_t r = (int64_t)((SignedWide)x_q32 * ((int64_t)1 << 28) - (SignedWide)n * LN2_Q60);
    int64_t term = (int64_t)1 << 60, sum = 0;
#pragma GCC unroll 18
    for (int k = 1; k <= 18; k++) { /* likewise */
        sum += term;
        term = multiply_q60(term, r) / k;
    }
    int64_t shift = 28 - n; /* from Q60 to Q32, times 2^n: -3 .. 61 */
    return shift > 0 ? ((uint64_t)sum + ((uint64_t)1 << (shift - 1))) >> shift
                     : (uint64_t)sum << -shift;
}

/* --- distributions --------------------------------------------------------------------------- */

/* -ln of a uniform draw of (0, 1]. */
static int64_t draw_exponential_q32(SimPrng *prng)
{
    uint64_t u = sim_prng_u64(prng) | 1; /* u / 2^64, never zero */
    return 32 * LN2_Q32 - sim_fixed_ln_q32(u);
}

int64_t sim_prng_exponential(SimPrng *prng, int64_t mean)
{
    int64_t drawn = multiply_q32(draw_exponential_q32(prng), mean);
    return MAX(drawn, 1);
}

/* c[0] x^(n-1) + ... + c[n-1], by Horner. */
static int64_t polynomial_q32(const int64_t *c, int n, int64_t x)
{
    int64_t value = c[0];
    for (int i = 1; i < n; i++) {
        value = multiply_q32(value, x) + c[i];
    }
    return value;
}

static uint64_t square_root(Wide x)
{
    uint64_t root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t candidate = root | (uint64_t)1 << bit;
        if ((Wide)candidate * candidate <= x) {
            root = candidate;
        }
    }
    return root;
}

/* For |p - 1/2| <= 0.47575. */
static int64_t central_quantile_q32(int64_t offset_q32)
{
    static const int64_t numerator[] = { -170496587836, 948956266912,  -1185103928404,
                                         594242019418,  -131704304833, 10765886475 };
    static const int64_t denominator[] = { -233973062752, 694005884802, -668722026519,
                                           286909449888,  -57040092938, ONE_Q32 };
    int64_t square = multiply_q32(offset_q32, offset_q32);
    return divide_q32(multiply_q32(polynomial_q32(numerator, 6, square), offset_q32),
                      polynomial_q32(denominator, 6, square));
}

/* For p = @p / 2^64 below 0.02425; negative. */
static int64_t tail_quantile_q32(uint64_t p)
{
    static const int64_t numerator[] = { -33435865,    -1384682244, -10311178286,
                                         -10951017870, 18789039419, 12619318216 };
    static const int64_t denominator[] = { 33435013, 1384985773, 10501771153, 16125062419,
                                           ONE_Q32 };
    int64_t minus_ln_q32 = 32 * LN2_Q32 - sim_fixed_ln_q32(p);
    int64_t q = (int64_t)square_root((Wide)minus_ln_q32 << 33);
    return divide_q32(polynomial_q32(numerator, 6, q), polynomial_q32(denominator, 5, q));
}

static int64_t normal_quantile_q32(uint64_t u)
{
    const uint64_t tail = (uint64_t)104152957 << 32; /* 0.02425 */
    u |= 1;
    if (u < tail) {
        return tail_quantile_q32(u);
    }
    if (u > -tail) {
        return -tail_quantile_q32(-u);
    }
    return central_quantile_q32((int64_t)(u >> 32) - ONE_Q32 / 2);
}

int64_t sim_lognormal_quantile(int64_t value, int64_t sigma_q32, uint64_t u)
{
    uint64_t factor = sim_fixed_exp_q32(multiply_q32(sigma_q32, normal_quantile_q32(u)));
    return saturate((SignedWide)value * (SignedWide)factor >> 32);
}

int64_t sim_prng_lognormal(SimPrng *prng, int64_t value, int64_t sigma_q32)
{
    return sim_lognormal_quantile(value, sigma_q32, sim_prng_u64(prng));
}

int64_t sim_lognormal_sigma_q32(int64_t p50, int64_t p95)
{
    g_assert_cmpint(p50, >, 0);
    g_assert_cmpint(p95, >=, p50);
    int64_t ln_ratio = sim_fixed_ln_q32((uint64_t)p95) - sim_fixed_ln_q32((uint64_t)p50);
    return divide_q32(ln_ratio, Z95_Q32);
}
