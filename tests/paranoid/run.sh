#!/bin/sh
# tests/paranoid/run.sh DISTROSIM -- with the whole world checked after every event, small stories come
# to what they come to without.
set -eu
distrosim=${1:?usage: run.sh DISTROSIM}
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for folder in smoke partition v1; do
    for flag in --quiet --paranoid; do
        "$distrosim" sweep "$root/scenarios/$folder" --seeds 1 --quiet --jobs 2 $flag \
            --out "$out/$folder$flag" >"$out/log" 2>&1 || { cat "$out/log"; exit 1; }
    done
    (cd "$out/$folder--quiet" && find . -name sweep.csv) | while read -r file; do
        cmp "$out/$folder--quiet/$file" "$out/$folder--paranoid/$file"
    done
done
