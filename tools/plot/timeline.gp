# tools/plot/timeline.gp -- one run over virtual time: what was broken, whether the nodes agreed, what
# was lost or stale, whose clients they were, and how busy the network was. Reads timeline.csv, faults.csv
# and marks.csv.

timeline = ARG1 . "/timeline.csv"
faults = ARG1 . "/faults.csv"
marks = ARG1 . "/marks.csv"

# Rows and lanes first: they decide the height.
set datafile separator comma
# (`stats` takes its variables away if there is nothing to count.)
stats timeline using 1 every ::1 nooutput
# The columns behind those of the sites are found by their heads: lost_listed, stale, clients:NODE.
heads = system("head -n 1 '" . timeline . "' | tr ' ,' '_ '")
lost_column = 9
do for [i = 9:words(heads)] {
    if (word(heads, i) eq "lost_listed") { lost_column = i }
}
stale_column = lost_column + 1
n_servers = words(heads) - stale_column
if (n_servers < 0) { n_servers = 0 }
end_us = exists("STATS_max") ? STATS_max : 0
stats timeline using ($2 > $3 ? $2 : $3) every ::1 nooutput
most_views = exists("STATS_max") ? STATS_max : 1
stats timeline using ($4 > $5 ? $4 : $5) every ::1 nooutput
most_instances = exists("STATS_max") ? STATS_max : 0
stats timeline using (column(stale_column)) every ::1 nooutput
if (exists("STATS_max") && STATS_max > most_instances) { most_instances = STATS_max }
stats timeline using 6 every ::1 nooutput
most_pending = exists("STATS_max") ? STATS_max : 0
most_clients = 0
do for [i = 1:n_servers] {
    stats timeline using (column(stale_column + i)) every ::1 nooutput
    if (exists("STATS_max") && STATS_max > most_clients) { most_clients = STATS_max }
}
# The difference of two samples gives the rate from the first to the second.
before_us = 0
before = 0
rate(now_us, count) = (was_us = before_us, was = before, before_us = now_us, before = count, \
    now_us > was_us ? (count - was) / (now_us - was_us) * 1e6 : 0)
stats timeline using (rate($1, $7)) every ::1 nooutput
most_rate = exists("STATS_max") && STATS_max > 1 ? STATS_max : 1
before_us = 0
before = 0
n_marks = 0
stats marks using 1 every ::1 nooutput
n_marks = exists("STATS_records") ? STATS_records : 0
n_steps = 0
stats marks using (strcol(2) eq "step" ? $1 : NaN) every ::1 nooutput
n_steps = exists("STATS_records") ? STATS_records : 0
stats faults using 5 every ::1 nooutput
lanes = exists("STATS_max") ? STATS_max + 1 : 0
n_faults = exists("STATS_records") ? STATS_records : 0
if (lanes > 8) { lanes = 8 }
told = n_marks < 12 ? n_marks : 12
servers = most_clients > 0
top = 56
strip = 20 * lanes
panel = 96
gap = 26
width = 900
panels = servers ? 5 : 4
bottom = top + strip + (lanes > 0 ? gap : 0) + panels * panel + (panels - 1) * gap
height = bottom + 52 + (told > 0 ? 12 + 15 * told : 0)

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

# "12,000", as on the console.
thousands(v) = v < 1e3 ? sprintf("%g", v) : v < 1e6 ? sprintf("%d,%03d", int(v / 1e3), int(v) % 1000) : \
    sprintf("%d,%03d,%03d", int(v / 1e6), int(v / 1e3) % 1000, int(v) % 1000)

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
# Steps and violations: a line through all panels, a number above it, and what they say below.
x_of(at) = (92.0 + (width - 116.0) * at / unit_us / last) / width
marked = 0
last_x = -1
do for [i = 1:told] {
    row = system(sprintf("sed -n %dp '%s'", i + 1, marks))
    at = real(row[:strstrt(row, ",") - 1])
    rest = row[strstrt(row, ",") + 1:]
    bad = rest[1:1] eq "v"
    text = rest[strstrt(rest, ",") + 1:]
    if (text[1:1] eq '"') { text = text[2:strlen(text) - 1] }
    if (strlen(text) > 118) { text = text[1:115] . " ..." }
    colour = bad ? red : ink
    x = x_of(at)
    thick = bad ? 1.4 : 0.7
    dashes = bad ? 1 : 3
    set arrow 100 + i from screen x, screen y(top - 8) to screen x, screen y(bottom) nohead front \
        linecolor rgb colour linewidth thick dashtype dashes
    at_x = x - last_x < 0.012 && x >= last_x ? last_x + 0.012 : x
    set label 100 + i sprintf("%d", i) at screen at_x, screen y(top - 16) center font ",9" textcolor rgb colour
    last_x = at_x
    set label 200 + i sprintf("%d", i) at screen 84.0 / width, screen y(bottom + 50 + 15 * i) right \
        font ",9" textcolor rgb colour
    said = sprintf("%.1f s  %s%s", at / 1e6, bad ? "VIOLATED  " : "", text)
    set label 300 + i said \
        at screen 92.0 / width, screen y(bottom + 50 + 15 * i) left font ",9" textcolor rgb colour
}
# The first plot of all draws them, all others are without.
unset border
unset xtics
unset ytics
set yrange [0:1]
set tmargin at screen y(top)
set bmargin at screen y(bottom)
plot NaN notitle
do for [i = 1:told] { unset arrow 100 + i; unset label 100 + i; unset label 200 + i; unset label 300 + i }
set border 3
set xtics nomirror out scale 0.5 font ",10" textcolor rgb ink
set ytics nomirror out scale 0.5 font ",10" textcolor rgb ink
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
    # the picture. (What is not shown stands far outside and is not NaN: some gnuplots crash when no
    # label has a place. And strcol() ends at a comma even between quotes.)
    nowhere = -1e3 * last
    left_x(from, to, label) = from / unit_us < 0.55 * last && strlen(label) > 0 ? \
        from / unit_us : nowhere
    right_x(from, to, label) = from / unit_us >= 0.55 * last && strlen(label) > 0 ? \
        from / unit_us : nowhere
    plot faults every ::1 using (($1 + $2) / 2 / unit_us):($5):($1 / unit_us):($2 / unit_us): \
             ($5 - 0.42):($5 + 0.42) with boxxyerror fillstyle solid noborder linecolor rgb shade notitle, \
         faults every ::1 using ($1 / unit_us):($5 - 0.42):(0):(0.84) with vectors nohead \
             linecolor rgb edge linewidth 1.2 notitle, \
         faults every ::1 using (left_x($1, $2, strcol(6))):5:6 \
             with labels left offset character 0.4,0 font ",9" textcolor rgb edge notitle, \
         faults every ::1 using (right_x($1, $2, strcol(6))):5:6 \
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
set key at graph 1, graph 1.25 right horizontal font ",9" samplen 1.5
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
# Where many differ few must be seen, too: what is left after a ramp-up is small beside it.
logs = most > 40
high(v) = logs ? log10(1 + v) : v
set yrange [0:high(1.3 * most)]
if (logs) {
    set ytics ("0" 0, "1" high(1), "10" high(10), "100" high(100), "1,000" high(1e3), "10,000" high(1e4), \
               "100,000" high(1e5), "1,000,000" high(1e6))
} else {
    set ytics tic_step(most)
}
plot faults every ::1 using (($1 + $2) / 2 / unit_us):(0.5):($1 / unit_us):($2 / unit_us):(0):(1) \
         axes x1y2 with boxxyerror fillstyle transparent solid 0.55 noborder linecolor rgb shade notitle, \
     timeline every ::1 using ($1 / unit_us):(high($4 - column(lost_column))) with fillsteps \
         fillstyle transparent solid 0.25 linecolor rgb sky notitle, \
     timeline every ::1 using ($1 / unit_us):(high($4 - column(lost_column))) with steps linecolor rgb sky \
         linewidth 1.6 title "missing: not yet known", \
     timeline every ::1 using ($1 / unit_us):(high(column(lost_column))) with fillsteps \
         fillstyle transparent solid 0.35 linecolor rgb red notitle, \
     timeline every ::1 using ($1 / unit_us):(high(column(lost_column))) with steps linecolor rgb red \
         linewidth 1.6 title "missing: lost", \
     timeline every ::1 using ($1 / unit_us):(high($5)) with fillsteps fillstyle transparent solid 0.25 \
         linecolor rgb purple notitle, \
     timeline every ::1 using ($1 / unit_us):(high($5)) with steps linecolor rgb purple linewidth 1.6 \
         title "surplus: zombies", \
     timeline every ::1 using ($1 / unit_us):(high(column(stale_column))) with steps linecolor rgb green \
         linewidth 1.6 dashtype 2 title "stale content"
set ytics autofreq
from_y = from_y + panel + gap

# --- whose clients? ----------------------------------------------------------------------------
if (servers) {
    set tmargin at screen y(from_y)
    set bmargin at screen y(from_y + panel)
    set ylabel "clients" textcolor rgb ink
    set yrange [0:1.08 * most_clients]
    step = tic_step(most_clients)
    set ytics ("0" 0)
    do for [k = 1:8] { set ytics add (thousands(k * step) k * step) }
    colours = blue . " " . orange . " " . green . " " . purple . " " . red . " " . sky . " " . ink . " " . grey
    plot faults every ::1 using (($1 + $2) / 2 / unit_us):(0.5):($1 / unit_us):($2 / unit_us):(0):(1) \
             axes x1y2 with boxxyerror fillstyle transparent solid 0.55 noborder linecolor rgb shade notitle, \
         for [i = 1:n_servers] timeline every ::1 using ($1 / unit_us):(column(stale_column + i)) \
             with steps linecolor rgb word(colours, (i - 1) % 8 + 1) \
             linewidth 1.4 title word(heads, stale_column + i)[9:]
    from_y = from_y + panel + gap
}

# --- how busy? ---------------------------------------------------------------------------------
set tmargin at screen y(from_y)
set bmargin at screen y(from_y + panel)
set ylabel "tasks" textcolor rgb ink
most = most_pending > 0 ? most_pending : 1
set yrange [0:1.08 * most]
step = tic_step(most)
set ytics ("0" 0)
do for [k = 1:8] { set ytics add (thousands(k * step) k * step) }
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
step = tic_step(most_rate)
set ytics ("0" 0)
do for [k = 1:8] { set ytics add (thousands(k * step) k * step) }
set xlabel sprintf("virtual time [%s]", unit) textcolor rgb ink
plot faults every ::1 using (($1 + $2) / 2 / unit_us):(0.5):($1 / unit_us):($2 / unit_us):(0):(1) \
         axes x1y2 with boxxyerror fillstyle transparent solid 0.55 noborder linecolor rgb shade notitle, \
     timeline every ::1 using ($1 / unit_us):(rate($1, $7)) with fsteps linecolor rgb green \
         linewidth 1.4 title "messages"
unset multiplot
