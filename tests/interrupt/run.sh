#!/bin/bash
# tests/interrupt/run.sh DISTROSIM -- Ctrl-C is heard while a story works without waiting, in every verb that runs
# one, whether Lua works or a verb of the world: in one story for each sort of long work.
set -eu
distrosim=$(readlink -f -- "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

cat >joins.lua <<'LUA'
-- Every node is told of every other at each join, and then they call each other: for minutes.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    for i = 1, 600 do w:join("m" .. i) end
    wait(minutes(10))
  end,
}
LUA
cat >works.lua <<'LUA'
-- Lua works, and waits now and then.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    for i = 1, 39 do
      for j = 1, 3e7 do local k = j end
      wait(s(1))
    end
  end,
}
LUA
# Processor time is limited, not time: the machine may be busy. What did not listen took a minute and more.
heard() { # WORDS
    local status=0
    (ulimit -t 12 && exec "$distrosim" "$@") >said 2>&1 &
    local pid=$!
    sleep 1
    kill -INT $pid 2>/dev/null || true
    wait $pid || status=$?
    # A runaway may end by itself before the signal, on a fast machine.
    [ $status -eq 130 ] || { [ $status -eq 65 ] && grep -q runaway said; } ||
        { cat said >&2; fail "$* ended with $status, not 130"; }
}
count=0
for story in joins works; do
    for words in "run $story.lua --seed 1" "replay $story.lua --seed 1" "sweep $story.lua --seeds 1..4 --jobs 2" \
        "shrink $story.lua --seed 1"; do
        # shellcheck disable=SC2086 # several words are meant
        heard $words
        count=$((count + 1))
    done
done

# One story for each sort of long work that Lua's hook does not see: verbs that change the world and cost little in
# Lua, a boot of a thousand servers, events of a hundred milliseconds each, and what walks along a text.
write() { # NAME NODES, the story's body from standard input
    printf -- '-- Works for long.\nreturn scenario { topology = { nodes = %s }, story = function(w)\n%s\nend }\n' \
        "$2" "$(cat)" >"$1.lua"
}
write boots 1000 <<<'wait(s(1))'
write cuts 200 <<<'while true do w:isolate("n1") w:heal() end'
write restarts 200 <<<'while true do w:restart("n1") end'
write chaos 50 <<<'while true do w:chaos { for_ = hours(10), crash = per_second(100) } end'
write batches 3 <<'LUA'
local k, all = w:client { name = "k" }, {}
wait(s(3))
for i = 1, 200000 do all[i] = { ip = "10.1.0.1", port = i % 60000 + 1 } end
while true do k:register_batch { service = "s", instances = all } end
LUA
write fleets 3 <<<'w:fleet { name = "f", clients = 200000, services = 10, over = s(1) } wait(minutes(10))'
write reads 3 <<'LUA'
w:fleet { name = "f", clients = 20000, services = 10, over = s(1) }
wait(s(10))
while true do w:converged() w:truth "f.svc-1" end
LUA
write texts 1 <<<'local s = ("x"):rep(1000000) while true do utf8.len(s) s:upper() end'
write keys 1 <<<'local t = {} for i = 1, 100000 do t["k" .. i] = i end while true do next(t) end'
write pcalls 1 <<<'while true do pcall(function() while true do end end) end'
for story in boots cuts restarts chaos batches fleets reads texts keys pcalls; do
    heard run $story.lua --seed 1
    count=$((count + 1))
done
# SIGTERM, which timeout sends, is heard like Ctrl-C.
status=0
(ulimit -t 12 && exec timeout 1 "$distrosim" run batches.lua --seed 1 --quiet) >said 2>&1 || status=$?
[ $status -eq 124 ] || { cat said >&2; fail "timeout ended with $status: SIGTERM was not heard"; }

# A join tells all of all. It cost the square of the cluster's size for each node that was told: four hundred took
# twelve times as long as the flagship, and the limit of a story without a wait was reached after a minute.
sed '/wait/d; s/600/400/' joins.lua >four-hundred.lua
cpu_of() {
    local TIMEFORMAT=%U
    { time "$distrosim" "$@" >said 2>&1; } 2>&1 || { cat said >&2; fail "$* ended with $?"; }
}
joins=$(cpu_of run four-hundred.lua --seed 1 --quiet)
flagship=$(cpu_of run "$here/../../scenarios/wan/regions-partition.lua" --seed 7 --quiet)
awk -v joins="$joins" -v flagship="$flagship" 'BEGIN { exit !(joins < 4 * flagship) }' ||
    fail "400 joins took $joins s, the flagship $flagship s"
echo "interrupt: heard $count times; 400 joins in $joins s, the flagship in $flagship s"
