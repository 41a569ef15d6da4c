# tools/statistics.awk -- quantiles, intervals and a rank test, for the tables that hold simulated and real side by side.
function sort(v, n,    gap, i, j, x) {
    for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
        for (i = gap + 1; i <= n; i++) {
            x = v[i]
            for (j = i; j > gap && v[j - gap] > x; j -= gap) v[j] = v[j - gap]
            v[j] = x
        }
}
function quantile(v, n, q,    at, low) {
    at = 1 + (n - 1) * q; low = int(at)
    return low >= n ? v[n] : v[low] + (at - low) * (v[low + 1] - v[low])
}

# Two-sided p of the Mann-Whitney test, by the normal distribution, ties corrected; both lists are sorted.
function mann_whitney(a, n, b, m,    i, j, t, rank, sum, ties, x, mean, deviation, z) {
    i = j = 1; rank = 0; sum = 0; ties = 0
    while (i <= n || j <= m) {
        x = i > n ? b[j] : j > m ? a[i] : a[i] < b[j] ? a[i] : b[j]
        t = 0; ca = 0
        while (i <= n && a[i] == x) { i++; t++; ca++ }
        while (j <= m && b[j] == x) { j++; t++ }
        sum += ca * (rank + (t + 1) / 2); rank += t; ties += t * t * t - t
    }
    mean = n * (n + m + 1) / 2
    deviation = sqrt(n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
    if (deviation == 0) return 1
    z = (sum > mean ? sum - mean : mean - sum) / deviation
    return complement(z / sqrt(2))
}
# erfc for x >= 0 (Abramowitz and Stegun 7.1.26: 1.5e-7).
function complement(x,    t) {
    t = 1 / (1 + 0.3275911 * x)
    return t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * exp(-x * x)
}

# Wilson's 95 % interval of @k of @n.
function interval(k, n, side,    p, z, half) {
    p = k / n; z = 1.96
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (p + z * z / (2 * n) + side * half) / (1 + z * z / n)
}

function shown(x) { return sprintf(x < 10 ? "%.2f" : "%.1f", x) }
