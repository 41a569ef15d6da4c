# tools/site-study.awk -- writes ANSWER.md from figures.csv. -v seeds= -v quick=; after site-study-stock.awk.
BEGIN {
    FS = ","
    n_ways = split("stretched bridged-source bridged-destination dual-2.x dual-1.x ideal", ways, " ")
    title["stretched"] = "one stretched cluster"
    title["bridged-source"] = "bridge, workers at the source"
    title["bridged-destination"] = "bridge, workers at the destination"
    title["dual-2.x"] = "dual registration, agent, 2.x"
    title["dual-1.x"] = "dual registration, agent, 1.x"
    title["ideal"] = "dual, as one would wish"
}
NR > 1 && $1 != "settings" {
    dim = $1 == "distance" ? $3 : $1 == "loss" ? $4 : $1 == "servers" ? $5 : $1 == "clients" ? $6 : $1 == "cut" ? $7 : "-"
    if (!(($1, dim) in known)) { known[$1, dim] = 1; dims[$1] = dims[$1] " " dim }
    value[$1, $2, dim, $14] = $16; low[$1, $2, dim, $14] = $17; high[$1, $2, dim, $14] = $18
}
NR > 1 && $1 == "settings" {
    key = $9 "," $10 "," $11 "," $12 "," $13
    if (!(($8, key) in seen)) { seen[$8, key] = 1; keys[$8] = keys[$8] "\n" key }
    set[$8, key, $14] = $16; set_high[$8, key, $14] = $18
}
function seconds(us) { return us == "" ? "-" : us < 9.95e6 ? sprintf("%.2f s", us / 1e6) : sprintf("%.0f s", us / 1e6) }
function size(b) { return b == "" ? "-" : b < 1e4 ? sprintf("%.1f KB", b / 1e3) : b < 1e6 ? sprintf("%.0f KB", b / 1e3) : sprintf("%.2f MB", b / 1e6) }
function range(part, way, dim, figure, kind,    a, b, m) {
    m = value[part, way, dim, figure]
    if (m == "") return "-"
    a = low[part, way, dim, figure]; b = high[part, way, dim, figure]
    if (kind == "s") return b - a > 0.005 * m && b - a > 5000 ? seconds(m) " (" seconds(a) " .. " seconds(b) ")" : seconds(m)
    if (kind == "B") return size(m)
    if (kind == "%") return sprintf("%.1f %%", 100 * m)
    return m >= 100 ? sprintf("%.0f", m) : sprintf("%.3g", m)
}
function table(part, figure, kind, head,    i, k, count, list) {
    count = split(dims[part], list, " ")
    printf "| %s |", head
    for (k = 1; k <= count; k++) printf " %s |", list[k]
    printf "\n| --- |"
    for (k = 1; k <= count; k++) printf " --- |"
    printf "\n"
    for (i = 1; i <= n_ways; i++) {
        printf "| %s |", title[ways[i]]
        for (k = 1; k <= count; k++) printf " %s |", range(part, ways[i], list[k], figure, kind)
        printf "\n"
    }
    printf "\n"
}
function best(part, dim, figure, some,    i, found, m) { # among the ways named in @some
    for (i = 1; i <= n_ways; i++) {
        if (index(some, ways[i] " ") == 0 || value[part, ways[i], dim, figure] == "") continue
        if (found == "" || value[part, ways[i], dim, figure] < m) { found = ways[i]; m = value[part, ways[i], dim, figure] }
    }
    return found
}
function setting_text(key,    p, out) {
    split(key, p, ",")
    out = "verify every " p[1] ", sync delay " p[2] ", lease " p[5]
    if (p[3] != "") out = out ", retry after " p[3]
    if (p[4] != "") out = out ", time-outs " p[4]
    return out
}
# No living instance dropped in any run; seen across within 15 % of the fastest such; then the shortest stay of the dead, then the fewest bytes.
function recommend(wan,    list, count, i, fastest, chosen, k) {
    count = split(keys[wan], list, "\n")
    for (i = 2; i <= count; i++)
        if (set_high[wan, list[i], "living entries that left a cache"] == 0 && (fastest == "" || set[wan, list[i], "seen across p99"] < fastest))
            fastest = set[wan, list[i], "seen across p99"]
    for (i = 2; i <= count; i++) {
        k = list[i]
        if (set_high[wan, k, "living entries that left a cache"] > 0 || set[wan, k, "seen across p99"] > 1.15 * fastest) continue
        if (chosen == "" || set[wan, k, "last zombie after"] < 0.98 * set[wan, chosen, "last zombie after"] ||
            (set[wan, k, "last zombie after"] < 1.02 * set[wan, chosen, "last zombie after"] && set[wan, k, "WAN bytes a second"] < set[wan, chosen, "WAN bytes a second"]))
            chosen = k
    }
    return chosen
}
function settings_row(wan, name, key) {
    printf "| %s | %s | %s | %s | %s | %d |\n", name, setting_text(key), seconds(set[wan, key, "seen across p99"]), size(set[wan, key, "WAN bytes a second"]),
        seconds(set[wan, key, "last zombie after"]), set_high[wan, key, "living entries that left a cache"]
}
function stock_of(wan,    list, count, i) {
    count = split(keys[wan], list, "\n")
    for (i = 2; i <= count; i++) if (is_stock(list[i])) return list[i]
    return ""
}
END {
    released = "stretched bridged-source bridged-destination dual-2.x "
    count_rtt = split(dims["distance"], rtts, " "); near = rtts[1]
    for (i = 1; i <= count_rtt; i++) if (rtts[i] == "30ms") near = "30ms"
    far = rtts[count_rtt]
    count_clients = split(dims["clients"], sizes, " "); large = sizes[count_clients]
    print "# Several regions: one cluster, a bridge, or registering twice?"
    print ""
    print "[中文](ANSWER.zh-CN.md)"
    print ""
    print "Two regions with three Nacos servers each, 80 clients a region (half publish, half subscribe; a service has two providers and two consumers in each), unless a table says otherwise. Every"
    print "figure is a median over " seeds " seeds, in brackets its 95 % confidence interval where it is wider than half a per cent" (seeds < 6 ? " (with so few seeds: the least and the most)" : "") "."
    print "This page is written by `tools/site-study" (quick == "true" ? " --quick" : "") "`; `figures.csv` holds every figure on it."
    print ""
    print "## What to do"
    print ""
    printf "- **Same city or country (RTT up to 75 ms), a WAN that you trust for all but minutes: one stretched cluster.** A change is seen across in %s (99 %%: %s), no entry moves during cuts\n", \
        seconds(value["distance", "stretched", near, "seen across p50"]), seconds(value["distance", "stretched", near, "seen across p99"])
    printf "  shorter than the lease, nothing else needs to run. Price: %s across the WAN in a second for 80 clients a region, and the dead of a lost region stay listed for %s. If you\n", \
        size(value["distance", "stretched", near, "WAN bytes a second"]), seconds(value["lost", "stretched", "-", "last zombie after"])
    print "  keep persistent instances or metadata by Raft, put a seventh server into a third region: an even split has a quorum on neither side."
    dual_large = value["clients", "dual-2.x", large, "WAN bytes a second"]; stretched_large = value["clients", "stretched", large, "WAN bytes a second"]
    printf "- **Regions that must forget each other fast%s: register twice** (the agent, for SDKs up to 2.1). The dead of a lost region are gone in %s. With %s clients a region\n", \
        (dual_large < 0.8 * stretched_large ? ", or thousands of clients" : ""), seconds(value["lost", "dual-2.x", "-", "last zombie after"]), large
    printf "  %s cross the WAN in a second, against %s for the stretched cluster. Price: an agent in every JVM, and far entries that go and come with every cut longer than half a minute (%.0f flaps in\n", \
        size(dual_large), size(stretched_large), value["cut", "dual-2.x", "60s", "flaps"]
    print "  the cut of a minute below, none in a stretched cluster)."
    if (value["cut", "dual-1.x", "60s", "not in six minutes"] > 0 || value["cut", "dual-1.x", "600s", "not in six minutes"] > 0)
        print "  **Not with 1.x clients:** what the far cluster expired during a cut longer than 30 s never comes back until the application restarts."
    printf "- **A bridge (nacos-sync) is for migrations.** Changes are seen across in %s (99 %%: %s) at %s and %s (99 %%: %s) at %s, since it registers one instance after the other. If you must,\n", \
        seconds(value["distance", "bridged-source", near, "seen across p50"]), seconds(value["distance", "bridged-source", near, "seen across p99"]), near, \
        seconds(value["distance", "bridged-source", far, "seen across p50"]), seconds(value["distance", "bridged-source", far, "seen across p99"]), far
    printf "  put its workers beside the **source**: with them there, a lost region's copies are gone in %s; beside the destination%s.\n", \
        seconds(value["lost", "bridged-source", "-", "last zombie after"]), \
        (value["lost", "bridged-destination", "-", "for ever"] > 0 ? " they are kept alive **for ever** by the worker that survived" : " in " seconds(value["lost", "bridged-destination", "-", "last zombie after"]))
    print "  These figures have pushes over UDP reach the workers. Client 1.4.7 names the address of its own host name: where that resolves to 127.x no push arrives, and every change waits for a poll, up to 10 s."
    b = best("distance", far, "seen across p99", released)
    printf "- **Another continent (%s):** %s is soonest of those that come back from a cut (99 %% within %s). Whatever you choose, distance itself is not what hurts: a connect is given up after 3 s, an answer over HTTP awaited for 50 s; stalls and loss are.\n", far, title[b], seconds(value["distance", b, far, "seen across p99"])
    print ""
    print "| | seen across, 99 % (" near ") | WAN, bytes a second | a lost region's dead stay | cut of 60 s: right again after | entries that flapped |"
    print "| --- | --- | --- | --- | --- | --- |"
    for (i = 1; i <= n_ways; i++) {
        w = ways[i]
        printf "| %s | %s | %s | %s | %s | %s |\n", title[w], range("distance", w, near, "seen across p99", "s"), range("distance", w, near, "WAN bytes a second", "B"), \
            (value["lost", w, "-", "for ever"] > 0 ? "**for ever**" : range("lost", w, "-", "last zombie after", "s")), \
            (value["cut", w, "60s", "not in six minutes"] > 0 ? "**never**" : range("cut", w, "60s", "all across again after", "s")), range("cut", w, "60s", "flaps", "")
    }
    print ""
    print "\"Dual, as one would wish\" is no product: two ordinary clients whose lists are merged and filtered by who can be called. It separates what registering twice costs from what the"
    print "agent's implementation does."
    print ""
    print "## How soon, over which distance"
    print ""
    print "![seen across](seen-across.png)"
    print ""
    print "Until 99 % of changes are seen by the last consumer in the other region:"
    print ""
    table("distance", "seen across p99", "s", "RTT")
    print "The median:"
    print ""
    table("distance", "seen across p50", "s", "RTT")
    print "At 75 ms with 1 % loss, 99 %:"
    print ""
    table("loss", "seen across p99", "s", "loss")
    print "A stretched cluster and dual registration grow by half a round trip and a round trip; a bridge by several per instance. What loss adds to a message, and to those behind it, is its retransmission: RTT and 0.26 s, doubling."
    print ""
    print "## What crosses the WAN"
    print ""
    print "![cost](cost.png)"
    print ""
    print "Bytes in a second, both ways, in quiet times with one arrival and one departure a second in each region:"
    print ""
    table("clients", "WAN bytes a second", "B", "clients in each region")
    table("servers", "WAN bytes a second", "B", "servers in each region")
    print "![scale](scale.png)"
    print ""
    print "The stretched cluster pays for VERIFY: clients x far servers / 5 messages a second, consumers included (checked within 5 % by"
    print "`scenarios/sites/stretched-verify-crosses-the-wan-by-the-closed-form`); it grows with the product of clients and servers. Dual registration pays one health check a client"
    print "every 5 s and the pushes of far servers, a full list each; a bridge pays polls of every service's list by every worker, and beats if workers are at the source."
    print ""
    print "Until everybody who came within 20 s is known across:"
    print ""
    table("clients", "bring-up", "s", "clients in each region")
    print "![bring-up](bring-up.png)"
    print ""
    print "## When something breaks"
    print ""
    print "![zombies](zombies.png)"
    print ""
    print "A region with its servers, applications and workers loses power; how long its dead stay listed in the other, and how long a cache there lists dead entries, in entry-seconds:"
    print ""
    print "| | last zombie gone after | dead entries in a cache |"
    print "| --- | --- | --- |"
    for (i = 1; i <= n_ways; i++)
        printf "| %s | %s | %s |\n", title[ways[i]], (value["lost", ways[i], "-", "for ever"] > 0 ? "**for ever**" : range("lost", ways[i], "-", "last zombie after", "s")), range("lost", ways[i], "-", "dead entries in caches", "")
    print ""
    print "The WAN is cut, writes go on in both regions:"
    print ""
    print "![availability](availability.png)"
    print ""
    print "| | cut | calls that succeed | caches with somebody to call | entries in a cache that cannot be reached | all across again after | entries that flapped |"
    print "| --- | --- | --- | --- | --- | --- | --- |"
    count = split(dims["cut"], list, " ")
    for (i = 1; i <= n_ways; i++) for (k = 1; k <= count; k++) {
        w = ways[i]; d = list[k]
        printf "| %s | %s | %s | %s | %s | %s | %s |\n", title[w], d, range("cut", w, d, "calls that succeed", "%"), range("cut", w, d, "caches with somebody to call", "%"), \
            range("cut", w, d, "unreachable entries in a cache", ""), (value["cut", w, d, "not in six minutes"] > 0 ? "**not within 6 min**" : range("cut", w, d, "all across again after", "s")), range("cut", w, d, "flaps", "")
    }
    print ""
    print "An entry that cannot be reached costs its caller a connect time-out, so keep client-side retries to another entry in any of these. Prefer near entries where the SDK can (`nearby`)."
    print ""
    print "## Settings of a stretched cluster"
    print ""
    print "![settings](settings.png)"
    print ""
    print "Recommended: of the settings that dropped no living instance in any run and show changes within 15 % of the fastest, the one whose dead stay shortest, then the cheapest."
    print ""
    print "| WAN | settings | seen across, 99 % | bytes a second | a lost region's dead stay | living entries dropped (most) |"
    print "| --- | --- | --- | --- | --- | --- |"
    split("near far poor", wans, " ")
    what["near"] = "30 ms, 0.01 % loss, outages of 10 s"; what["far"] = "75 ms, 0.1 %, stalls of 2 s, outages of 30 s"; what["poor"] = "220 ms, 2 %, stalls of 6 s, outages of 60 s"
    for (i = 1; i <= 3; i++) {
        w = wans[i]
        if (stock_of(w) != "") settings_row(w, what[w] ", as Nacos comes", stock_of(w))
        if (recommend(w) != "") settings_row(w, "**" what[w] ", recommended**", recommend(w))
    }
    print ""
    print "`nacos.core.protocol.distro.data.verify.intervalMs`, `...sync.delayMs`, `...sync.retryDelayMs`, `...sync.timeoutMs` and `...verify.timeoutMs`, `nacos.naming.client.expired.time`. The lease decides both how long a cut"
    print "may last before the living are dropped and how long the dead stay: choose it longer than the longest cut that you want to ride out plus two rounds of VERIFY, and no longer."
    print "Halving the verify interval doubles what crosses in quiet times and speeds up nothing but repairs; the sync delay is what consumers wait for."
}
