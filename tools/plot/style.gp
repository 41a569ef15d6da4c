# tools/plot/style.gp -- what all plots share: the terminal that fits the target's name, colours, axes.
#
# A plot is drawn by: gnuplot -c PLOT.gp FOLDER TARGET TITLE EXTRA. The script that loads this one
# sets before: target, and width and height in points of the SVG; the PNG has twice as many pixels.

set encoding utf8
set datafile separator comma

if (strlen(target) > 4 && target[strlen(target)-3:] eq ".svg") {
    set terminal svg size width,height dynamic noenhanced font "DejaVu Sans,11" background "white"
} else {
    set terminal pngcairo size 2*width,2*height noenhanced font "DejaVu Sans,11" fontscale 1.9 \
        linewidth 2 background "white"
}
set output target

# Okabe and Ito's colours, which the colour-blind tell apart; they differ in lightness too, for grey paper.
ink = "#2b2f36"
faint = "#d5d9e0"
shade = "#f3d9c9"
edge = "#c2693a"
blue = "#0072b2"
sky = "#56b4e9"
red = "#d55e00"
purple = "#cc79a7"
green = "#009e73"
orange = "#e69f00"
grey = "#7f8590"

set border 3 linecolor rgb ink linewidth 0.8
set tics nomirror out scale 0.5 font ",10" textcolor rgb ink
set grid xtics ytics linecolor rgb faint linewidth 0.6 linetype 1
set key textcolor rgb ink samplen 2 spacing 1.1

# The round number (1, 2 or 5 of a power of ten) next to x: a step of tics.
power(x) = 10.0 ** floor(log10(x))
round_step(x) = x / power(x) < 1.5 ? power(x) : x / power(x) < 3.5 ? 2 * power(x) : \
    x / power(x) < 7.5 ? 5 * power(x) : 10 * power(x)
