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
set ytics 0.1 format "%.1f"
set xtics ("1 us" 1e-6, "10 us" 1e-5, "100 us" 1e-4, "1 ms" 1e-3, "10 ms" 1e-2, "100 ms" 0.1, \
           "1 s" 1, "10 s" 10, "100 s" 100, "1000 s" 1e3, "10,000 s" 1e4, "100,000 s" 1e5)
set key outside right top vertical Left reverse width -1
set rmargin 22
set tmargin 4

# Nothing takes no time on a logarithmic axis.
least_us = 1
took(us) = (us < least_us ? least_us : us) / 1e6

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
    set label "median" at graph 0.01, first 0.5 offset 0,0.5 font ",9" textcolor rgb grey
    set label "99 %" at graph 0.01, first 0.99 offset 0,-0.6 font ",9" textcolor rgb grey
    # A share is the sum over the operations that took no longer; those of other paths weigh nothing.
    # The table's first line, its header, stands for the start: none had converged by then.
    plot for [i = 1:6] (count[i] > 0 ? rows : "/dev/null") using \
             ($0 == 0 ? first_x : took($2)): \
             ($0 > 0 && strcol(3) eq word(paths, i) ? 1.0 / count[i] : 0) smooth cumulative \
             with steps linewidth 1.8 linecolor rgb word(colours, i) \
             title (count[i] > 0 ? sprintf("%s (%d)", word(paths, i), count[i]) : ""), \
         rows using ($0 == 0 ? first_x : took($2)):($0 == 0 ? 0 : 1.0 / total) \
             smooth cumulative with steps linewidth 2.6 linecolor rgb ink \
             title sprintf("all (%d)", total)
}
