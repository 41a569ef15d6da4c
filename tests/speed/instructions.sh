#!/bin/sh
# tests/speed/instructions.sh DISTROSIM TOOLCHAIN [--renew] -- instructions per event of a small flagship, counted by
# callgrind, may not be more than 3 % above those of the baseline beside this file.
#
# The seed is one that holds: a red run is run again and explained, which costs more than the run.
# They hang on the compiler and on GLib: the baseline has a line per toolchain, which CMake names, and
# where there is none there is nothing to compare (77). A change that is worth its cost renews the baseline: --renew writes it.
set -eu
export LC_ALL=C
distrosim=${1:?usage: instructions.sh DISTROSIM TOOLCHAIN [--renew]}
toolchain=${2:?usage: instructions.sh DISTROSIM TOOLCHAIN [--renew]}
here=$(dirname "$0")
baseline=$here/baseline
command -v valgrind >/dev/null || { echo "speed: valgrind is not installed"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

valgrind --tool=callgrind --callgrind-out-file="$out/callgrind" "$distrosim" run \
    "$here/../../scenarios/wan/regions-partition.lua" --seed 3 --set clients=300 --set before=5s \
    --set cut_for=20s --set after=5s --json --out "$out" >"$out/summary" 2>"$out/log" || {
    cat "$out/log"
    exit 1
}
instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$out/log")
events=$(sed -n 's/.*"events": *\([0-9]*\).*/\1/p' "$out/summary")
now=$((instructions / events))

if test "${3:-}" = --renew; then
    grep -v "^$toolchain " "$baseline" >"$out/baseline" || true
    echo "$toolchain $now" >>"$out/baseline"
    cat "$out/baseline" >"$baseline"
    echo "speed: the baseline is $now instructions per event now"
    exit 0
fi
before=$(sed -n "s/^$toolchain \([0-9]*\)$/\1/p" "$baseline")
test -n "$before" || { echo "speed: no baseline for $toolchain"; exit 77; }
echo "speed: $now instructions per event, $before in the baseline"
test $((now * 100)) -le $((before * 103)) || {
    echo "speed: more than 3 % above it; if the change is worth that: $0 $distrosim $toolchain --renew"
    exit 1
}
