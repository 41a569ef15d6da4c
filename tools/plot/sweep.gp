# tools/plot/sweep.gp -- a sweep's figures, a line per scenario and varied values: from least to most
# over the seeds, the box from the first quartile to the third, the median marked. Reads groups.csv;
# EXTRA is the number of groups.

groups = int(ARG4)
if (groups < 1) { groups = 1 }
row = groups > 40 ? 12 : 24
label_font = groups > 40 ? ",8" : ",10"
top = 74
height = top + row * groups + 64
target = ARG2
headline = ARG3

# What a line is called, and the room that the longest name takes.
rows = ARG1 . "/groups.csv"
set datafile separator comma
name(scenario, varied, held, runs) = sprintf("%s%s  %d/%d", scenario, \
    strlen(varied) > 0 ? "  " . varied : "", held, runs)
stats rows using (strlen(name(strcol(2), strcol(3), $5, $4))) every ::1 nooutput
longest = exists("STATS_max") ? STATS_max : 0
left = 24.0 + longest * (groups > 40 ? 5.6 : 7.0)
if (left < 160) { left = 160.0 }
gap = 30.0
panel = 270.0
width = left + 3 * (panel + gap)
load ARG0[:strlen(ARG0) - strlen("sweep.gp")] . "style.gp"
y(points) = 1.0 - points / (1.0 * height)

set multiplot
set label 1 headline at screen 16.0 / width, screen y(24) left font ",13" textcolor rgb ink
set label 2 "least to most over the seeds, box: middle half, mark: median; k/n: held" \
    at screen 16.0 / width, screen y(44) left font ",9" textcolor rgb grey
set tmargin at screen y(top)
set bmargin at screen y(height - 64)
set grid noytics
set border 1
set tics scale 0.5 font ",9"
unset ytics
unset key

do for [k = 1:3] {
    figure = word("convergence_p99_us lost_instance_us messages", k)
    what = k == 1 ? "99 % converged within [s]" : k == 2 ? "instance-seconds lost" : "messages"
    scale = k == 3 ? 1 : 1e-6
    colour = k == 1 ? blue : k == 2 ? red : green
    set lmargin at screen (left + (k - 1) * (panel + gap)) / width
    set rmargin at screen (left + (k - 1) * (panel + gap) + panel) / width
    set xlabel what textcolor rgb ink
    # `stats` counts only what lies within the ranges, and takes its variables away if nothing
    # does.
    unset logscale x
    set xrange [*:*]
    set yrange [*:*]
    stats rows using (strcol(6) eq figure ? $7 * scale : NaN) every ::1 nooutput
    any = exists("STATS_records")
    least = any ? STATS_min : 0
    stats rows using (strcol(6) eq figure ? $11 * scale : NaN) every ::1 nooutput
    most = any ? STATS_max : 1
    set yrange [groups - 0.5:-0.5]
    set xtics autofreq
    # Convergence may span microseconds to minutes; all else is read from zero.
    floor_x = 0
    if (k == 1 && any && most > 20 * least && most > 1e-3) {
        set logscale x 10
        floor_x = least > 1e-4 ? least : 1e-4
        left_x = 0.7 * floor_x
        set xrange [left_x : 1.4 * (most > floor_x ? most : floor_x)]
        set xtics format "%g"
    } else {
        left_x = 0
        set xrange [0 : most > 0 ? 1.06 * most : 1]
        set xtics format (most >= 1e4 ? "%.0s%c" : "%g")
        if (most >= 1e3) { set xtics round_step(most / 4) } # long numbers need room
    }
    at_least(x) = x < floor_x ? floor_x : x
    # Every group has messages, so these rows name them all.
    plot rows every ::1 using (k == 1 && strcol(6) eq "messages" ? left_x : NaN):1: \
             (name(strcol(2), strcol(3), $5, $4)) with labels right font label_font \
             offset character -0.8,0 textcolor rgb ink, \
         rows every ::1 using (strcol(6) eq figure ? at_least($9 * scale) : NaN):1: \
             (at_least($7 * scale)):(at_least($11 * scale)) \
             with xerrorbars pointtype 0 linecolor rgb grey linewidth 1, \
         rows every ::1 using (strcol(6) eq figure ? at_least($9 * scale) : NaN):1: \
             (at_least($8 * scale)):(at_least($10 * scale)):($1 - 0.28):($1 + 0.28) \
             with boxxyerror linecolor rgb colour fillstyle transparent solid 0.3 border rgb colour, \
         rows every ::1 using (strcol(6) eq figure ? at_least($9 * scale) : NaN):1:(0):(0.28) \
             with vectors nohead linecolor rgb colour linewidth 3, \
         rows every ::1 using (strcol(6) eq figure ? at_least($9 * scale) : NaN):1:(0):(-0.28) \
             with vectors nohead linecolor rgb colour linewidth 3
    unset label 1
    unset label 2
}
unset multiplot
