#!/bin/sh
# tests/findings.sh DISTROSIM -- findings hold with their cures.
#
# Every finding that names a cure holds with it (--set cured=true), and all hold under the profile that cures
# them all.
set -eu
distrosim=$1
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# sweep SCENARIO... OPTION...
sweep() {
    "$distrosim" sweep "$@" --seeds 1..5 --jobs 1 --quiet --out "$out"
}
# shellcheck disable=SC2046 # names of scenarios have no spaces
sweep $(grep -rl 'params *=.*cured = false' scenarios) --set cured=true
sweep scenarios/findings --profile hardened
