#!/bin/sh
# tests/twice.sh DISTROSIM SCENARIO SEED [--set NAME=VALUE]... -- a scenario holds, and is repeatable.
#
# Runs it twice on one seed: it must hold, and both fingerprints must be the same.
set -eu
distrosim=$1 scenario=$2 seed=$3
shift 3
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fingerprint() {
    name=$1
    shift
    "$distrosim" run "$scenario" --seed "$seed" --json --out "$out/$name" "$@" >"$out/$name.json" || {
        status=$?
        "$distrosim" run "$scenario" --seed "$seed" --out "$out/again" "$@" || true
        exit "$status"
    }
    sed -n 's/.*"fingerprint": *"\([0-9a-f]*\)".*/\1/p' "$out/$name.json"
}

first=$(fingerprint first "$@")
second=$(fingerprint second "$@")
echo "$scenario seed $seed: $first $second"
[ -n "$first" ] && [ "$first" = "$second" ]
