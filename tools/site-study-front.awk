# tools/site-study-front.awk -- of the settings on one WAN (-v wan=), the points that a plot wants (-v what=): "kept" or "dropped" the living, the
# "front" among the former, or the "stock" settings. Prints bytes a second, seconds, entries dropped and how long the dead stay; by bytes.
# After site-study-stock.awk.
$1 == "settings" && $8 == wan {
    key = $9 "," $10 "," $11 "," $12 "," $13
    if (!(key in seen)) { seen[key] = 1; keys[++n] = key }
    if ($14 == "WAN bytes a second") bytes[key] = $16
    if ($14 == "seen across p99") p99[key] = $16 / 1e6
    if ($14 == "living entries that left a cache") dropped[key] = $18
    if ($14 == "last zombie after") zombie[key] = $16 / 1e6
}
END {
    for (i = 2; i <= n; i++) { k = keys[i]; for (j = i - 1; j >= 1 && (bytes[keys[j]] > bytes[k] || (bytes[keys[j]] == bytes[k] && p99[keys[j]] > p99[k])); j--) keys[j + 1] = keys[j]; keys[j + 1] = k }
    best = 1e9
    for (i = 1; i <= n; i++) {
        k = keys[i]
        on_front = dropped[k] == 0 && p99[k] < best
        if (on_front) best = p99[k]
        if ((what == "kept" && dropped[k] == 0) || (what == "dropped" && dropped[k] > 0) || (what == "front" && on_front) || (what == "stock" && is_stock(k)))
            printf "%.6g,%.6g,%d,%.6g\n", bytes[k], p99[k], dropped[k], zombie[k]
    }
}
