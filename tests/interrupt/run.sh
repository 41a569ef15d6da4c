#!/bin/bash
# tests/interrupt/run.sh DISTROSIM -- Ctrl-C is heard while a story works without waiting, in every verb that runs
# one, whether Lua works or a verb of the world.
set -eu
distrosim=$(readlink -f -- "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

cat >joins.lua <<'LUA'
-- Every node is told of every other at each join, so a thousand take minutes.
return scenario { topology = { nodes = 3 }, story = function(w) for i = 1, 900 do w:join("m" .. i) end end }
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
echo "interrupt: heard $count times"
