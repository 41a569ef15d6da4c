# tools/plot/sites/settings.gp -- settings of a stretched cluster: bytes across the WAN against how soon
# changes are seen; the front is what cannot be had better in one without giving up the other. A point per
# setting; those that dropped a living instance are crossed.
here = ARG0[:strlen(ARG0) - strlen("settings.gp")]
folder = ARG1
target = ARG2
width = 1000
height = 520
load here . "common.gp"
set title "settings of one stretched cluster, on three kinds of WAN" font ",13" textcolor rgb ink
set xlabel "bytes across the WAN in a second (60 clients a region)" textcolor rgb ink
set ylabel "99 % of changes are seen across within, s" textcolor rgb ink
set logscale xy 2
set format x "%.0s %cB"
set key outside right top vertical Left reverse
# bytes, p99, living entries dropped, and whether it is on the front
points(wan, what) = sprintf("< awk -F, -v wan=%s -v what=%s -f %s../../site-study-stock.awk -f %s../../site-study-front.awk %s/figures.csv", wan, what, here, here, folder)
wans = "near far poor"
wan_titles = "'near: 30 ms' 'far: 75 ms, stalls of 2 s' 'poor: 220 ms, 2 %, stalls of 6 s'"
array dye[3] = [green, orange, red]
plot for [i = 1:3] points(word(wans, i), "kept") using 1:2 with points pointtype 7 pointsize 0.7 linecolor rgb dye[i] title word(wan_titles, i), \
     for [i = 1:3] points(word(wans, i), "dropped") using 1:2 with points pointtype 2 pointsize 0.9 linecolor rgb dye[i] title (i == 1 ? "  drops the living" : ""), \
     for [i = 1:3] points(word(wans, i), "front") using 1:2 with steps linewidth 1.6 linecolor rgb dye[i] title (i == 1 ? "  the front" : ""), \
     for [i = 1:3] points(word(wans, i), "stock") using 1:2 with points pointtype 6 pointsize 2 linewidth 2 linecolor rgb dye[i] title (i == 1 ? "  as Nacos comes" : "")
