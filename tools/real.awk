# tools/real.awk -- lays samples (column, story, seed, figure, value) side by side; tools/real-table calls it.
#
# A table per story: a row per figure, a column for the simulator and for each sort of server. The last line counts.
BEGIN { FS = "\t" }
{
    if (!($1 in known)) { known[$1] = 1; column[++columns] = $1 }
    if (!($2 in told)) { told[$2] = 1; story[++stories] = $2 }
    if (!(($2, $4) in has)) { has[$2, $4] = 1; figure[$2, ++figures[$2]] = $4 }
    list[$1, $2, $4] = list[$1, $2, $4] " " $5
}

function read(column, story, figure, v,    items, n, i) {
    split("", v)
    n = split(list[column, story, figure], items, " ")
    for (i = 1; i <= n; i++) v[i] = figure == "held" ? items[i] + 0 : items[i] / 1e6
    sort(v, n)
    return n
}
function held_text(v, n,    i, k) {
    k = 0
    for (i = 1; i <= n; i++) k += v[i]
    return k " of " n sprintf(" (%.0f..100 %%)", 100 * interval(k, n, -1))
}
# Of the runs that were not disturbed, and how many were.
function held_cell(column, story, v, n,    count, items) {
    count = split(list[column, story, "disturbed"], items, " ")
    return (n > 0 ? held_text(v, n) : "-") (count > 0 ? ", " count " disturbed" : "")
}
function times_text(v, n, all) {
    return shown(quantile(v, n, 0.5)) " [" shown(all ? v[1] : quantile(v, n, 0.005)) ".." \
        shown(all ? v[n] : quantile(v, n, 0.995)) "]"
}
function verdict(a, n, b, m,    x, y, gap, bound) {
    x = quantile(a, n, 0.5); y = quantile(b, m, 0.5)
    gap = x > y ? x - y : y - x
    bound = 0.1 * y > 0.05 ? 0.1 * y : 0.05
    return gap <= bound || mann_whitney(a, n, b, m) > 0.01 ? "agrees" : "**differs**"
}

END {
    for (s = 1; s <= stories; s++) {
        print "## `" story[s] "`\n"
        line = "| figure | simulated |"; rule = "| --- | --- |"
        for (c = 2; c <= columns; c++) { line = line " " column[c] " | |"; rule = rule " --- | --- |" }
        print line "\n" rule
        for (f = 1; f <= figures[story[s]]; f++) {
            what = figure[story[s], f]
            if (what == "disturbed") continue
            n = read(column[1], story[s], what, a)
            row = "| " what " | " (n == 0 ? "-" : what == "held" ? held_text(a, n) : times_text(a, n, 0)) " |"
            for (c = 2; c <= columns; c++) {
                m = read(column[c], story[s], what, b)
                judged = n > 0 && m > 0 && what != "held" ? verdict(a, n, b, m) : ""
                agreed += judged == "agrees"; differed += judged ~ /differs/
                row = row " " (what == "held" ? held_cell(column[c], story[s], b, m) : m == 0 ? "-" : times_text(b, m, 1) ", n = " m) " | " judged " |"
            }
            print row
        }
        print ""
    }
    print agreed " figures agree, " differed + 0 " differ."
}
