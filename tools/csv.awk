# tools/csv.awk -- split_csv(line, field): a line of CSV into field[1..n]; returns n.
function split_csv(line, field,    n, c, i, quoted) {
    n = 1; field[1] = ""; quoted = 0
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) field[++n] = ""
        else field[n] = field[n] c
    }
    return n
}
