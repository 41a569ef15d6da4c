#!/bin/bash
# tests/interrupt/run.sh DISTROSIM -- Ctrl-C is heard while a story works without waiting, in every verb that runs
# one, whether Lua works or a verb of the world.
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
heard() { # WORDS
    local status=0 from to
    "$distrosim" "$@" >said 2>&1 &
    local pid=$!
    sleep 1
    from=$(date +%s%N)
    kill -INT $pid
    wait $pid || status=$?
    to=$(date +%s%N)
    [ $status -eq 130 ] || { cat said >&2; fail "$* ended with $status, not 130"; }
    # The machine may be busy; what did not listen took a minute and more.
    [ $((to - from)) -lt 20000000000 ] || fail "$* went on for $(((to - from) / 1000000)) ms"
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
