# tools/fill.awk -- fills the paragraphs of a Markdown page that a tool has written, to 118 columns.
#
# Headings, tables, code and pictures stay as they are; an item's further lines are indented like its first.
BEGIN { width = 118 }
function flush_line() {
    if (line != "") print line
    line = ""
}
function take(text, count, i, word) {
    count = split(text, word, /[ \t]+/)
    for (i = 1; i <= count; i++) {
        if (word[i] == "") continue
        if (line == "") line = (started ? rest : first) word[i]
        else if (length(line) + 1 + length(word[i]) <= width) line = line " " word[i]
        else { print line; line = rest word[i] }
        started = 1
    }
}
/^```/ { flush_line(); print; code = !code; next }
code { print; next }
/^$/ || /^[|#!<]/ || /^    / { flush_line(); print; started = 0; next }
/^[-*] / { flush_line(); started = 0; first = substr($0, 1, 2); rest = "  "; take(substr($0, 3)); next }
/^  / { if (line == "" && !started) { first = "  "; rest = "  " } take($0); next }
{ if (line == "" && !started) { first = ""; rest = "" } take($0) }
END { flush_line() }
