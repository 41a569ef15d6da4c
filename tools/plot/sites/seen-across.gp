# tools/plot/sites/seen-across.gp -- how soon the other region's consumers see a change, in quiet times:
# the share that has, over time. One run each, RTT 30 ms.
here = ARG0[:strlen(ARG0) - strlen("seen-across.gp")]
folder = ARG1
target = ARG2
width = 900
height = 480
load here . "common.gp"
set title "a change, until the last consumer in the other region sees it (RTT 30 ms)" font ",13" textcolor rgb ink
set xlabel "seconds since it was acknowledged" textcolor rgb ink
set ylabel "share of changes" textcolor rgb ink
set xrange [0:6]
set yrange [0:1.02]
set key outside right top vertical Left reverse
plot for [i = 1:6] sprintf("< awk -F, '$1 == \"%s\"' %s/seen-across.csv", word(ways, i), folder) using 2:3 \
     with steps linewidth 2.2 linecolor rgb tint[i] title word(titles, i)
