#!/bin/sh
# tests/incidents.sh DISTROSIM -- incidents are red and green as their table says.
#
# Every incident is red or green under each release as expected.tsv says, and a sweep of all scenarios leaves
# them out.
set -eu
distrosim=$1
cd "$(dirname "$0")/.."
tools/incident-table --verdicts --seeds 1 --jobs 1 --distrosim "$distrosim"

fail() {
    echo "$1" >&2
    exit 1
}
! "$distrosim" list scenarios | grep -q 'incidents/nacos-[0-9]' || fail "list scenarios names incidents"
"$distrosim" list scenarios/incidents | grep -q nacos-10693 || fail "list scenarios/incidents names none"

run() {
    "$distrosim" run scenarios/incidents/nacos-10693-*.lua --seed 1 --quiet --profile "$1" --out "$out" >/dev/null
}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run nacos-2.3 || fail "nacos-10693 is red under nacos-2.3"
status=0
run nacos-2.1.2 || status=$?
[ "$status" -eq 1 ] || [ "$status" -eq 2 ] || fail "nacos-10693 ends with $status under nacos-2.1.2"
