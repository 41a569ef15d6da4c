#!/bin/sh
# tests/toy/run.sh DISTROSIM_TOY -- a registration reaches every node over the toy, too, which no line outside its folder knows; and
# what it cannot do, it cannot do here either.
set -eu
export LC_ALL=C
toy=${1:?usage: run.sh DISTROSIM_TOY}
here=$(cd "$(dirname "$0")" && pwd)
scenarios=$here/../../scenarios
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for seed in 1 2 3 4 5; do
    "$toy" run "$scenarios/smoke/a-registration-reaches-every-node.lua" --seed $seed --trace "$out/trace" \
        --out "$out" >"$out/log" 2>&1 || {
        echo "toy: a registration does not reach every node, seed $seed:" >&2
        cat "$out/log" >&2
        exit 1
    }
    grep -q '"op":"TELL"' "$out/trace" || { echo "toy: nobody spoke it, seed $seed" >&2; exit 1; }
    if grep -Eq '"op":"(CHANGE|VERIFY|DATUM)"' "$out/trace"; then
        echo "toy: another protocol was spoken, seed $seed" >&2
        exit 1
    fi
done

# Without repair, what a cut kept from a peer stays unknown there.
if "$toy" run "$scenarios/partition/a-registration-outlives-a-partition.lua" --seed 1 --out "$out" >"$out/log" 2>&1; then
    echo "toy: it repaired what it never tells twice" >&2
    exit 1
fi
