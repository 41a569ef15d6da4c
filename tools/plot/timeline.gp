# tools/plot/timeline.gp -- one run over virtual time: what was broken, whether the nodes agreed, what
# was lost or stale, and how busy the network was. Reads timeline.csv and faults.csv.

timeline = ARG1 . "/timeline.csv"
faults = ARG1 . "/faults.csv"

# Rows and lanes first: they decide the height.
set datafile separator comma
# (`stats` takes its variables away if there is nothing to count.)
stats timeline using 1 every ::1 nooutput
# lost_listed is the last column, behind those of the sites.
lost_column = exists("STATS_columns") ? STATS_columns : 9
end_us = exists("STATS_max") ? STATS_max : 0
stats timeline using ($2 > $3 ? $2 : $3) every ::1 nooutput
most_views = exists("STATS_max") ? STATS_max : 1
stats timeline using ($4 > $5 ? $4 : $5) every ::1 nooutput
most_instances = exists("STATS_max") ? STATS_max : 0
stats timeline using 6 every ::1 nooutput
most_pending = exists("STATS_max") ? STATS_max : 0
# The difference of two samples gives the rate from the first to the second.
before_us = 0
before = 0
rate(now_us, count) = (was_us = before_us, was = before, before_us = now_us, before = count, \
    now_us > was_us ? (count - was) / (now_us - was_us) * 1e6 : 0)
stats timeline using (rate($1, $7)) every ::1 nooutput
most_rate = exists("STATS_max") && STATS_max > 1 ? STATS_max : 1
before_us = 0
before = 0
stats faults using 3 every ::1 nooutput
lanes = exists("STATS_max") ? STATS_max + 1 : 0
n_faults = exists("STATS_records") ? STATS_records : 0
if (lanes > 8) { lanes = 8 }
top = lanes > 0 ? 46 : 72
strip = 20 * lanes
panel = 96
gap = 26
width = 900
height = top + strip + (lanes > 0 ? gap : 0) + 4 * panel + 3 * gap + 52

target = ARG2
headline = ARG3
load ARG0[:strlen(ARG0) - strlen("timeline.gp")] . "style.gp"

unit_us = 1e6
unit = "s"
if (end_us > 900e6) { unit_us = 60e6; unit = "min" }
if (end_us > 4 * 3600e6) { unit_us = 3600e6; unit = "h" }
last = end_us > 0 ? end_us / unit_us : 1
set xrange [0:last]

# Three to six tics up to @most; never less than one apart, for these are counts.
tic_step(most) = most <= 4 ? 1 : round_step(most / 4.0)

y(points) = 1.0 - points / (1.0 * height)
set lmargin at screen 92.0 / width
set rmargin at screen 1 - 24.0 / width
if (end_us == 0) {
    set title headline font ",13" textcolor rgb ink
    set label "no virtual time passed in this run" at graph 0.5, graph 0.5 center textcolor rgb grey
    set yrange [0:1]
    plot NaN notitle
    exit
}
set multiplot
set label 1 headline at screen 92.0 / width, screen y(22) left font ",13" textcolor rgb ink

# --- what was broken ---------------------------------------------------------------------------
from_y = top
if (lanes > 0) {
    set tmargin at screen y(from_y)
    set bmargin at screen y(from_y + strip)
    set yrange [lanes - 0.5:-0.5]
    unset ytics
    set border 0
    set xtics format ""
    set xtics scale 0
    set ylabel "faults" offset 0,0 textcolor rgb ink
    # A label begins where its fault does, but in the right half it ends there: it must not leave
    # the picture. Where there are many, only those that fit into their boxes are shown. (What is
    # not shown stands far outside and is not NaN: some gnuplots crash when no label has a place.
    # And strcol() ends at a comma even between quotes, so that long labels seem short to it.)
    nowhere = -1e3 * last
    fits(from, to, label) = n_faults <= 12 || \
        (to - from) / unit_us / last * (width - 116) > 6.8 * strlen(label)
    left_x(from, to, label) = from / unit_us < 0.55 * last && fits(from, to, label) ? \
        from / unit_us : nowhere
    right_x(from, to, label) = from / unit_us >= 0.55 * last && fits(from, to, label) ? \
        to / unit_us : nowhere
    plot faults every ::1 using (($1 + $2) / 2 / unit_us):($3):($1 / unit_us):($2 / unit_us): \
             ($3 - 0.42):($3 + 0.42) with boxxyerror fillstyle solid noborder \
             linecolor rgb shade notitle, \
         faults every ::1 using (left_x($1, $2, strcol(4))):3:4 \
             with labels left offset character 0.4,0 font ",9" textcolor rgb edge notitle, \
         faults every ::1 using (right_x($1, $2, strcol(4))):3:4 \
             with labels right offset character -0.4,0 font ",9" textcolor rgb edge notitle
    from_y = from_y + strip + gap
    set border 3
}
unset label 1
if (lanes == 0) {
    set label 1 headline at screen 92.0 / width, screen y(22) left font ",13" textcolor rgb ink
}

# The panels below are shaded where something was broken: boxes on an axis of their own, from 0 to 1.
set y2range [0:1]
unset y2tics
set ytics autofreq nomirror out scale 0.5 font ",10"
set xtics format "%g" scale 0.5

# --- do the nodes agree? -----------------------------------------------------------------------
set tmargin at screen y(from_y)
set bmargin at screen y(from_y + panel)
set xtics format ""
set ylabel "distinct views" textcolor rgb ink
most = most_views > 2 ? most_views : 2
set yrange [0:most + 0.5]
set ytics tic_step(most)
set key at graph 1, graph 1.25 right horizontal
plot faults every ::1 using (($1 + $2) / 2 / unit_us):(0.5):($1 / unit_us):($2 / unit_us):(0):(1) \
         axes x1y2 with boxxyerror fillstyle transparent solid 0.55 noborder linecolor rgb shade notitle, \
     timeline every ::1 using ($1 / unit_us):2 with steps linecolor rgb grey linewidth 1 \
         title "live nodes", \
     timeline every ::1 using ($1 / unit_us):3 with steps linecolor rgb blue linewidth 1.8 \
         title "views they have (1: they agree)"
unset label 1
from_y = from_y + panel + gap

# --- what is lost, what is stale? --------------------------------------------------------------
set tmargin at screen y(from_y)
set bmargin at screen y(from_y + panel)
set ylabel "instances" textcolor rgb ink
most = most_instances > 0 ? most_instances : 1
set yrange [0:1.08 * most]
set ytics tic_step(most)
plot faults every ::1 using (($1 + $2) / 2 / unit_us):(0.5):($1 / unit_us):($2 / unit_us):(0):(1) \
         axes x1y2 with boxxyerror fillstyle transparent solid 0.55 noborder linecolor rgb shade notitle, \
     timeline every ::1 using ($1 / unit_us):($4 - column(lost_column)) with fillsteps \
         fillstyle transparent solid 0.25 linecolor rgb sky notitle, \
     timeline every ::1 using ($1 / unit_us):($4 - column(lost_column)) with steps linecolor rgb sky \
         linewidth 1.6 title "not yet known", \
     timeline every ::1 using ($1 / unit_us):(column(lost_column)) with fillsteps \
         fillstyle transparent solid 0.35 linecolor rgb red notitle, \
     timeline every ::1 using ($1 / unit_us):(column(lost_column)) with steps linecolor rgb red \
         linewidth 1.6 title "lost", \
     timeline every ::1 using ($1 / unit_us):5 with fillsteps fillstyle transparent solid 0.25 \
         linecolor rgb purple notitle, \
     timeline every ::1 using ($1 / unit_us):5 with steps linecolor rgb purple linewidth 1.6 \
         title "zombies"
from_y = from_y + panel + gap

# --- how busy? ---------------------------------------------------------------------------------
set tmargin at screen y(from_y)
set bmargin at screen y(from_y + panel)
set ylabel "tasks" textcolor rgb ink
most = most_pending > 0 ? most_pending : 1
set yrange [0:1.08 * most]
set ytics tic_step(most)
plot faults every ::1 using (($1 + $2) / 2 / unit_us):(0.5):($1 / unit_us):($2 / unit_us):(0):(1) \
         axes x1y2 with boxxyerror fillstyle transparent solid 0.55 noborder linecolor rgb shade notitle, \
     timeline every ::1 using ($1 / unit_us):6 with steps linecolor rgb orange linewidth 1.4 \
         title "pending, all nodes"
from_y = from_y + panel + gap

set tmargin at screen y(from_y)
set bmargin at screen y(from_y + panel)
set ylabel "per second" textcolor rgb ink
set xtics format "%g"
set yrange [0:1.08 * most_rate]
set ytics tic_step(most_rate)
set xlabel sprintf("virtual time [%s]", unit) textcolor rgb ink
plot faults every ::1 using (($1 + $2) / 2 / unit_us):(0.5):($1 / unit_us):($2 / unit_us):(0):(1) \
         axes x1y2 with boxxyerror fillstyle transparent solid 0.55 noborder linecolor rgb shade notitle, \
     timeline every ::1 using ($1 / unit_us):(rate($1, $7)) with fsteps linecolor rgb green \
         linewidth 1.4 title "messages"
unset multiplot
