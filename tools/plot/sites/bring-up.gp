# tools/plot/sites/bring-up.gp -- how long it takes until every client that came is known in the other
# region, over the number of clients.
here = ARG0[:strlen(ARG0) - strlen("bring-up.gp")]
folder = ARG1
target = ARG2
width = 900
height = 460
load here . "common.gp"
set title "bring-up: all who come within 20 s are known across (RTT 30 ms)" font ",13" textcolor rgb ink
set xlabel "clients in each region, half of them providers" textcolor rgb ink
set ylabel "seconds since the first came" textcolor rgb ink
set logscale x 2
set key outside right top vertical Left reverse
plot for [i = 1:6] figure("clients", word(ways, i), "bring-up") using 6:($16/1e6):($17/1e6):($18/1e6) with yerrorlines \
     linewidth 1.6 pointtype shape[i] linecolor rgb tint[i] title word(titles, i)
