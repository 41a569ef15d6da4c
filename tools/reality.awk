# tools/reality.awk -- judges the rows of scenarios/reality/rows.tsv; tools/reality-table calls it.
#
#   -v samples=real.tsv -v simulated=FILE (run, seed, measure, value) -v csv=FILE to write
#
# Prints the table, and a last line that counts; exit status 1 if a row that is judged differs.
BEGIN {
    FS = OFS = "\t"
    while ((getline line < samples) > 0) {
        if (line ~ /^#/ || line == "") continue
        split(line, f, "\t")
        if ((f[2], f[3]) in real) real[f[2], f[3]] = real[f[2], f[3]] "," f[5]
        else real[f[2], f[3]] = f[5]
    }
    while ((getline line < simulated) > 0) {
        split(line, f, "\t")
        if (!((f[1], f[3]) in known)) { known[f[1], f[3]] = 1; measures[f[1]] = measures[f[1]] "\t" f[3] }
        seen[f[1], f[3], f[2]] = f[4]
        if (!((f[1], f[2]) in ran)) { ran[f[1], f[2]] = 1; seeds[f[1]] = seeds[f[1]] "\t" f[2] }
    }
    print "what,real_n,real_median,real_least,real_most,simulated_n,simulated_median,simulated_low,simulated_high,verdict,why" >csv
    print "| what | real | simulated | |\n| --- | --- | --- | --- |"
}

# The real samples that "STORY FIGURE" names, into v; several stories and figures in step, "a|b x|y".
function read_real(name, v,    stories, figures, s, i, n, k, part, story, figure, way) {
    way = ""
    for (story in real) {
        split(story, part, SUBSEP)
        if (index(name, part[1] " ") == 1 && length(part[1]) > s) s = length(part[1])
    }
    n = 0
    if (name ~ /\|/) {
        split(name, part, " "); split(part[1], stories, "|"); k = split(part[2], figures, "|")
        for (i = 1; i <= k; i++) n = add(v, n, real[stories[i], figures[i]])
        return n
    }
    story = substr(name, 1, s); figure = substr(name, s + 2)
    if (figure ~ /^(first|last) /) { way = figure; sub(/ .*/, "", way); sub(/^[a-z]+ /, "", figure) }
    if (way == "") return add(v, 0, real[story, figure])
    split(real[story, figure ".n1"], n1, ","); split(real[story, figure ".n2"], n2, ",")
    n = split(real[story, figure ".n3"], n3, ",")
    for (i = 1; i <= n; i++) v[i] = pick(way, pick(way, n1[i] + 0, n2[i] + 0), n3[i] + 0)
    return n
}
function pick(way, a, b) { return (way == "first") == (a < b) ? a : b }
function add(v, n, list,    items, i, k) {
    k = split(list, items, ",")
    for (i = 1; i <= k; i++) v[++n] = items[i] + 0
    return n
}

# What was simulated of MEASURE, a pattern, in all seeds of @run; "first" and "last" as above.
function read_simulated(run, measure, unit, v,    way, names, k, i, n, s, ns, seed, base, best, x) {
    way = ""
    if (measure ~ /^(first|last) /) { way = measure; sub(/ .*/, "", way); sub(/^[a-z]+ /, "", measure); measure = measure "\\.n[123]" }
    k = split(measures[run], names, "\t"); ns = split(seeds[run], seed, "\t"); n = 0
    for (s = 2; s <= ns; s++) {
        split("", best)
        for (i = 2; i <= k; i++) {
            if (names[i] !~ "^" measure "$" || !((run, names[i], seed[s]) in seen)) continue
            x = seen[run, names[i], seed[s]] / unit
            if (way == "") { v[++n] = x; continue }
            base = names[i]; sub(/\.n[123]$/, "", base)
            if (base in best) best[base] = pick(way, best[base], x)
            else best[base] = x
        }
        for (base in best) v[++n] = best[base]
    }
    return n
}

# Counts of a share: how many of @v are below @limit, or what they sum up to; sets whole.
function count(v, n, how, limit,    i, k) {
    k = 0
    whole = how == "sum" ? n * limit : n
    for (i = 1; i <= n; i++) k += how == "sum" ? v[i] : v[i] < limit
    return k
}

/^#/ || /^run\t/ || /^$/ { next }
{
    what = $1; judge = $5; why = ""
    if (judge ~ /^waits /) { why = judge; sub(/:.*/, "", why) }
    if (judge ~ /^load:/) why = "the load decided"
    sub(/^(waits [^:]*|load): */, "", judge)
    split("", r); split("", v)
    n = read_real($2, r); sort(r, n)
    m = read_simulated($3, $4, judge == "times" || judge ~ /below/ ? 1e6 : 1, v); sort(v, m)
    if (n == 0) { print "rows.tsv: no real samples of " $2 >"/dev/stderr"; broken = 1; next }
    verdict = "differs"; saw = "-"; median = m ? quantile(v, m, 0.5) : ""
    low = m ? quantile(v, m, 0.005) : ""; high = m ? quantile(v, m, 0.995) : ""
    if (m > 0 && judge ~ /^share/) {
        split(judge, part, " ")
        k = count(r, n, part[2], part[3]); t = whole
        c = count(v, m, part[2], part[3])
        if (c / whole >= interval(k, t, -1) && c / whole <= interval(k, t, 1)) verdict = "agrees"
        did = k " of " t; saw = sprintf("%.3g %%", 100 * c / whole)
        r_median = k / t; r_least = interval(k, t, -1); r_most = interval(k, t, 1); median = c / whole; low = high = ""
    } else {
        r_median = quantile(r, n, 0.5); r_least = r[1]; r_most = r[n]
        did = judge == "times" ? shown(r_median) (n > 1 ? " [" shown(r[1]) ".." shown(r[n]) "]" : "") : r_median
        if (m > 0) {
            saw = judge == "times" ? shown(median) " [" shown(low) ".." shown(high) "]" : sprintf("%.6g", median)
            gap = median > r_median ? median - r_median : r_median - median
            if (judge == "bytes") verdict = gap <= 0.02 * r_median ? "agrees" : verdict
            else if (judge == "count") verdict = gap == 0 ? "agrees" : verdict
            else if (n >= 10) {
                if (gap <= 0.05 || gap <= 0.1 * r_median || mann_whitney(r, n, v, m) > 0.01) verdict = "agrees"
            } else if (r[1] >= low && r[n] <= high) verdict = "agrees"
        }
    }
    if (m == 0) verdict = "-"
    print "| " what " | " did (judge ~ /^share/ || n == 1 ? "" : ", n = " n) " | " saw " | " \
          (verdict == "differs" ? (why == "" ? "**differs**" : "differs; " why) : why == "" ? verdict : verdict "; " why) \
          ($6 == "" ? "" : "; " $6) " |"
    quoted = what ~ /,/ ? "\"" what "\"" : what
    printf "%s,%d,%s,%s,%s,%d,%s,%s,%s,%s,%s\n", quoted, n, r_median, r_least, r_most, m, median, low, high, verdict, why >csv
    if (why != "") open++
    else if (verdict == "agrees") agree++
    else { differ++; differing = 1 }
}
END {
    printf "\nOf %d rows that are judged %d agree and %d differ; %d are listed only.\n", agree + differ, agree, differ, open
    exit broken ? 2 : differing
}
