# tools/plot/sites/common.gp -- what the study's plots share: names, order and colours of the ways to join two regions.
# Set before: folder, target, width, height, here (the folder of this file).
load here . "../style.gp"
ways = "stretched bridged-source bridged-destination dual-2.x dual-1.x ideal"
titles = "'one stretched cluster' 'bridge, worker at source' 'bridge, worker at destination' 'dual registration, 2.x' 'dual registration, 1.x' 'dual, ideal client'"
array tint[6] = [blue, orange, red, green, purple, grey]
array shape[6] = [7, 5, 4, 9, 8, 12]
figure(part, way, name) = sprintf("< awk -F, '$1 == \"%s\" && $2 == \"%s\" && $14 == \"%s\"' %s/figures.csv", part, way, name, folder)
millis(text) = (text[strlen(text)-1:] eq "ms") ? real(text[1:strlen(text)-2]) : 1000 * real(text[1:strlen(text)-1])
