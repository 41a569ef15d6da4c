#!/usr/bin/env bash
# tests/gdb/run.sh DISTROSIM -- tools/gdb/distrosim.py reads a live run: names, records, nodes, worlds.
#
# 77 without gdb, or where a process may not be traced.
set -u

if [ $# -ne 1 ] || ! command=$(readlink -f -- "$1") || [ ! -x "$command" ]; then
    echo "usage: tests/gdb/run.sh DISTROSIM" >&2
    exit 64
fi
command -v gdb > /dev/null || { echo "gdb is not installed"; exit 77; }
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/story.lua" << 'LUA'
-- A client registers, and its server crashes.
return scenario { topology = { nodes = 3 }, story = function(w)
  local shop = w:client { name = "shop-1", server = "n2" }
  wait(s(5))
  shop:register { service = "shop" }
  wait(s(5))
  w:crash "n3"
  wait(s(5))
end }
LUA
cat > "$work/commands" << GDB
set pagination off
set debuginfod enabled off
source $here/tools/gdb/distrosim.py
break sim_world_step if world->now_us > 11000000
run
sim-world
distro-node \$node("n2")
print \$node("n3")
print \$world()
sim-trace 120
print (DistroClient)1
print (SimEndpoint)0x80000000
print (DistroPublication)1
delete
break distro_node_step
continue
print *input
print *node->effects.items
distro-node node
print node->self
GDB
cd "$work" || exit 70
LC_ALL=C timeout 120 gdb -nx -batch -x commands --args "$command" run story.lua --seed 1 --trace trace.ndjson --out out \
    > said 2> why || true
if grep -qE 'ptrace|Operation not permitted' why; then
    echo "a process may not be traced here"
    exit 77
fi
failed=0
expect() { # WHAT PATTERN
    grep -qE -- "$2" said && return
    printf 'FAIL  %s: nothing matches %s\n' "$1" "$2"
    failed=$((failed + 1))
}
expect 'a world' '^1[0-9]\.[0-9]{6} s  seed 1  3 nodes, 2 alive  1 clients  [0-9]+ events$'
expect 'a node that runs' '^  n1  10\.0\.0\.1:8848  alive  loaded  ready$'
expect 'a node that is down' '^  n3  10\.0\.0\.3:8848  loaded  ready  down$|^  n3  10\.0\.0\.3:8848  down$'
expect 'a node by its name' '^n2  10\.0\.0\.2:8848  alive  loaded  ready$'
expect 'a core' '^10\.0\.0\.2:8848  at [0-9.]+ s, wall 1735[0-9.]+ s  ready  initialised$'
expect 'a member' '^  member 10\.0\.0\.3:8848  (UP|SUSPICIOUS|DOWN)  failed [0-9]+ times$'
expect 'a printed node' '^\$[0-9]+ = n3  10\.0\.0\.3:8848'
expect 'a printed world' '^\$[0-9]+ = 1[0-9]\.[0-9]{6} s  seed 1'
expect 'an event of the core' '^[0-9]+  [0-9.]+ s  sync\.(queued|sent|applied)  n[123].*  client [0-9_.]+'
expect 'an event of the world' '^[0-9]+  10\.[0-9]+ s  node\.crash  n3'
expect 'a cause' 'because of [0-9]+$'
expect 'a client' '= 1 "[0-9]+_10\.128\.0\.1_[0-9]+"$'
expect 'an endpoint' '= [0-9]+ "shop-1"$'
expect 'a publication' '= 1 "DEFAULT_GROUP@@shop \[10\.128\.0\.1:8080\]"$'
expect 'an input' '= (wake|(request|outcome|link_lost) \{.*\}) at [0-9.]+ s$'
expect 'an effect' '= (send|answer|event|reply|view|round|misses) \{'
expect 'a name' '= [1-3] "10\.0\.0\.[123]:8848"$'
if grep -E 'Error|Traceback' said why; then
    failed=$((failed + 1))
fi
[ $failed -eq 0 ] || { tail -n 40 said why; exit 1; }
