# tools/plot/convergence.gp -- how long acknowledged operations took until every live node showed
# them: the share that had converged after a time, by the path on which the last node learned it.
# Reads convergence.csv.

rows = ARG1 . "/convergence.csv"
# Before any range is set, for `stats` counts only what lies in it; if that is nothing, it takes its
# variables away.
set datafile separator comma
stats rows using 2 every ::1 nooutput
total = exists("STATS_records") ? STATS_records : 0
least = total > 0 ? STATS_min : 1
most = total > 0 ? STATS_max : 1
# What the few quickest took would leave decades empty: the axis begins where a hundredth is done.
quantile(q) = total == 0 ? 1 : real(system(sprintf("sed 1d '%s' | cut -d , -f 2 | sort -n | awk '{ v[NR] = $1 } " . \
    "END { i = int(NR * %f + 0.999999); print v[i < 1 ? 1 : i] }'", rows, q)))
p1 = quantile(0.01)
p50 = quantile(0.5)
p99 = quantile(0.99)
duration(us) = us < 1e3 ? sprintf("%g us", us) : us < 1e6 ? sprintf("%.0f ms", us / 1e3) : \
    us < 120e6 ? sprintf("%.2f s", us / 1e6) : sprintf("%.1f min", us / 60e6)
least = p1 < least ? least : p1
paths = "local push retry verify snapshot lease"
array count[6]
do for [i = 1:6] {
    stats rows using (strcol(3) eq word(paths, i) ? $2 : NaN) every ::1 nooutput
    count[i] = exists("STATS_records") ? STATS_records : 0
}

width = 900
height = 520
target = ARG2
headline = ARG3
load ARG0[:strlen(ARG0) - strlen("convergence.gp")] . "style.gp"

set title headline . "\nconvergence of acknowledged operations" font ",13" textcolor rgb ink
set xlabel "time from acknowledgement until the last live node shows it" textcolor rgb ink
set ylabel "share of operations" textcolor rgb ink
set logscale x 10
set yrange [0:1.02]
set ytics ("0 %%" 0, "10 %%" 0.1, "20 %%" 0.2, "30 %%" 0.3, "40 %%" 0.4, "50 %%" 0.5, "60 %%" 0.6, "70 %%" 0.7, \
           "80 %%" 0.8, "90 %%" 0.9, "100 %%" 1)
set xtics ("1 us" 1e-6, "10 us" 1e-5, "100 us" 1e-4, "1 ms" 1e-3, "10 ms" 1e-2, "100 ms" 0.1, \
           "1 s" 1, "10 s" 10, "100 s" 100, "1000 s" 1e3, "10,000 s" 1e4, "100,000 s" 1e5)
set key at screen 0.99, screen 0.76 right top vertical Left reverse width -1 font ",10"
set rmargin 22
set tmargin 4

# Nothing takes no time on a logarithmic axis.
least_us = 1
took(us) = (us < least_us ? least_us : us) / 1e6
# What was quicker than the axis begins stands at its beginning.
at_x(us) = took(us) < first_x ? first_x : took(us)

# Whole decades, and at least one.
first_x = 10.0 ** floor(log10(0.99 * took(least)))
last_x = 10.0 ** ceil(log10(1.01 * took(most)))
set xrange [first_x:last_x]
if (last_x < 200 * first_x) {
    set xtics add ("2 ms" 2e-3, "5 ms" 5e-3, "20 ms" 2e-2, "50 ms" 5e-2, "200 ms" 0.2, \
                   "500 ms" 0.5, "2 s" 2, "5 s" 5, "20 s" 20, "50 s" 50, "200 s" 200, "500 s" 500)
}
if (total == 0) {
    set label 2 "no acknowledged operation converged in this run" at graph 0.5, graph 0.5 center \
        textcolor rgb grey
    plot NaN notitle
} else {
    colours = grey . " " . blue . " " . orange . " " . red . " " . green . " " . purple
    # The horizontal lines at which one reads the quantiles.
    set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead linecolor rgb grey dashtype 3
    set arrow from graph 0, first 0.99 to graph 1, first 0.99 nohead linecolor rgb grey dashtype 3
    set label "half in " . duration(p50) at graph 1, first 0.5 offset 1,0 left font ",10" textcolor rgb ink
    set label "99 % in " . duration(p99) at graph 1, first 0.93 offset 1,0 left font ",10" textcolor rgb ink
    set label "slowest " . duration(most) at graph 1, first 0.88 offset 1,0 left font ",10" textcolor rgb ink
    set label "" at first took(p50), first 0.5 point pointtype 7 pointsize 0.6 linecolor rgb ink
    set label "" at first took(p99), first 0.99 point pointtype 7 pointsize 0.6 linecolor rgb ink
    # A share is the sum over the operations that took no longer; those of other paths weigh nothing.
    # The table's first line, its header, stands for the start: none had converged by then.
    plot for [i = 1:6] (count[i] > 0 ? rows : "/dev/null") using \
             ($0 == 0 ? first_x : at_x($2)): \
             ($0 > 0 && strcol(3) eq word(paths, i) ? 1.0 / count[i] : 0) smooth cumulative \
             with steps linewidth 1.8 linecolor rgb word(colours, i) \
             title (count[i] > 0 ? sprintf("%s (%d)", word(paths, i), count[i]) : ""), \
         rows using ($0 == 0 ? first_x : at_x($2)):($0 == 0 ? 0 : 1.0 / total) \
             smooth cumulative with steps linewidth 2.6 linecolor rgb ink \
             title sprintf("all (%d)", total)
}
