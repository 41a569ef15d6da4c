# tools/site-study-stock.awk -- what the study's other awk files share. Are the settings of a row, "verify,delay,retry,timeout,lease", as Nacos comes?
# One that was not varied is.
function is_stock(key,    part) {
    split(key, part, ",")
    return (part[1] == "5s" || part[1] == "") && (part[2] == "1s" || part[2] == "") && (part[3] == "3s" || part[3] == "") &&
           (part[4] == "3s" || part[4] == "") && (part[5] == "180s" || part[5] == "")
}
