# tools/plot/sites/zombies.gp -- entries of the dead that the surviving region's servers list after the
# other region has lost power. One run each.
here = ARG0[:strlen(ARG0) - strlen("zombies.gp")]
folder = ARG1
target = ARG2
width = 900
height = 460
load here . "common.gp"
set title "a region is lost: its dead, as the other region's three servers list them" font ",13" textcolor rgb ink
set xlabel "seconds since the loss" textcolor rgb ink
set ylabel "entries of the dead (40 providers on 3 servers)" textcolor rgb ink
set xrange [0:280]
set yrange [0:130]
set key outside right top vertical Left reverse
plot for [i = 1:6] sprintf("< awk -F, '$1 == \"%s\"' %s/zombies.csv", word(ways, i), folder) using 2:3 \
     with steps linewidth 2.2 linecolor rgb tint[i] title word(titles, i)
