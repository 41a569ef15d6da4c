# tools/plot/growth.gp -- tools/scale-study: cost against servers, clients and churn.
#   gnuplot -e "table='growth.tsv'; kind='svg'; target='growth.svg'" growth.gp
if (kind eq "svg") set terminal svg size 1080,620 font "sans,11" background "white"
if (kind eq "png") set terminal pngcairo size 1080,620 font "sans,10"
set output target
set datafile separator "\t"
set logscale xy
set grid lc rgb "#dddddd"
set tics nomirror
unset key
set multiplot layout 2,3 title "scenarios/scale/alibaba-2022.lua, 20 s of roll-out and 20 s of churn: CPU time, and memory"
rows(what, column) = sprintf("< awk -F'\\t' -v OFS='\\t' '$1 == \"%s\" { print $%d, $5, $6 }' %s", what, column, table)
set style line 1 lc rgb "#1f6feb" lw 2 pt 7 ps 0.7
set style line 2 lc rgb "#b35900" lw 2 pt 7 ps 0.7
set ylabel "CPU seconds"
set xlabel "servers (5,000 clients)"
plot rows("servers", 2) using 1:2 with linespoints ls 1
set xlabel "clients (5 servers)"
plot rows("clients", 3) using 1:2 with linespoints ls 1
set xlabel "operations/s (10 servers, 10,000 clients)"
plot rows("churn", 4) using 1:2 with linespoints ls 1
set ylabel "MiB"
set xlabel "servers"
plot rows("servers", 2) using 1:3 with linespoints ls 2
set xlabel "clients"
plot rows("clients", 3) using 1:3 with linespoints ls 2
set xlabel "operations per second"
plot rows("churn", 4) using 1:3 with linespoints ls 2
unset multiplot
