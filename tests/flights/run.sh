#!/bin/sh
# tests/flights/run.sh DISTROSIM [SEEDS] -- rounds of VERIFY that travel together come to what single
# calls come to: every figure of every run, the fingerprint included.
set -eu
distrosim=${1:?usage: run.sh DISTROSIM [SEEDS]}
seeds=${2:-1..12}
here=$(dirname "$0")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
status=0

compare() { # NAME SETTINGS...
    name=$1
    shift
    for mode in together singly; do
        flag=
        test "$mode" = together || flag=--no-flights
        "$distrosim" sweep "$here/storm.lua" --seeds "$seeds" --quiet $flag "$@" \
            --out "$out/$name-$mode" >"$out/log" 2>&1 || { cat "$out/log"; status=1; }
    done
    cmp "$out/$name-together/sweep/storm/sweep.csv" "$out/$name-singly/sweep/storm/sweep.csv" || {
        diff "$out/$name-together/sweep/storm/sweep.csv" "$out/$name-singly/sweep/storm/sweep.csv" |
            head -4 | cut -c1-200
        echo "flights: runs with and without differ ($name)"
        status=1
    }
}

compare plain                                         # whole batches
compare jitter --set jitter=20%                       # streams
compare loss --set jitter=5% --set loss=10%           # and packets that are sent again
compare lost --set loss=80%                           # or given up
compare lan --set rtt=1ms --set clients=60
exit $status
