# tools/plot/sites/availability.gp -- a cut of the WAN of a minute: entries of caches that cannot be
# reached during it, and how long until all is across again after it.
here = ARG0[:strlen(ARG0) - strlen("availability.gp")]
folder = ARG1
target = ARG2
width = 900
height = 460
load here . "common.gp"
set title "while the WAN is cut (60 s), and after it" font ",13" textcolor rgb ink
set style data histograms
set style histogram errorbars gap 1.5 linewidth 1
set style fill solid 0.85 border rgb ink
set boxwidth 0.9
set yrange [0:2.2<*]
set ylabel "entries in a cache that cannot be reached" textcolor rgb ink
set xtics ("stretched" 0, "bridge,\nsource" 1, "bridge,\ndestination" 2, "dual 2.x" 3, "dual 1.x" 4, "ideal" 5)
set key above center horizontal
set bmargin 4
set y2label "seconds until all is across again (at most 360)" textcolor rgb ink
set y2tics
set y2range [0:*]
rows(name) = sprintf("< for way in %s; do awk -F, -v way=$way '$1 == \"cut\" && $2 == way && $7 == \"60s\" && $14 == \"%s\"' %s/figures.csv; done", ways, name, folder)
plot rows("unreachable entries in a cache") using 16:17:18 linecolor rgb orange title "unreachable entries in a cache, during the cut", \
     rows("all across again after") using ($16/1e6):($17/1e6):($18/1e6) axes x1y2 linecolor rgb blue title "seconds until all is across again"
