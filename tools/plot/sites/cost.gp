# tools/plot/sites/cost.gp -- what crosses the WAN against how soon changes are seen across: the further
# left and down, the better. A point per way and distance.
here = ARG0[:strlen(ARG0) - strlen("cost.gp")]
folder = ARG1
target = ARG2
width = 900
height = 520
load here . "common.gp"
set title "cost and speed in quiet times: a point per distance, RTT beside it" font ",13" textcolor rgb ink
set xlabel "bytes across the WAN in a second, both ways (80 clients a region)" textcolor rgb ink
set ylabel "99 % of changes are seen across within, s" textcolor rgb ink
set logscale xy 2
set yrange [1:*]
set offsets graph 0.08, graph 0.08, 0, 0
set format x "%.0s %cB"
set ytics (1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
set key outside right top vertical Left reverse
pair(way) = sprintf("< awk -F, '$1 == \"distance\" && $2 == \"%s\" { if ($14 == \"WAN bytes a second\") b[$3] = $16; if ($14 == \"seen across p99\") p[$3] = $16 } END { for (r in b) print r \",\" b[r] \",\" p[r] / 1e6 }' %s/figures.csv | sort -t, -k1,1g", way, folder)
plot for [i = 1:6] pair(word(ways, i)) using 2:3 with linespoints linewidth 1.2 pointtype shape[i] pointsize 1.2 linecolor rgb tint[i] title word(titles, i), \
     for [i = 1:6] pair(word(ways, i)) using 2:3:1 with labels font ",8" textcolor rgb tint[i] offset 0,0.8 notitle
