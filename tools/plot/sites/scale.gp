# tools/plot/sites/scale.gp -- bytes across the WAN over the number of clients, in quiet times.
here = ARG0[:strlen(ARG0) - strlen("scale.gp")]
folder = ARG1
target = ARG2
width = 900
height = 460
load here . "common.gp"
set title "what crosses the WAN in quiet times (RTT 30 ms, 3 + 3 servers)" font ",13" textcolor rgb ink
set xlabel "clients in each region" textcolor rgb ink
set ylabel "bytes in a second, both ways" textcolor rgb ink
set logscale xy 2
set format y "%.0s %cB"
set key outside right top vertical Left reverse
plot for [i = 1:6] figure("clients", word(ways, i), "WAN bytes a second") using 6:16:17:18 with yerrorlines \
     linewidth 1.6 pointtype shape[i] linecolor rgb tint[i] title word(titles, i)
