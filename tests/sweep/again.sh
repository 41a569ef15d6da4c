#!/bin/bash
# tests/sweep/again.sh DISTROSIM -- runs made again, in this process and in one with another
# allocator, locale, time zone and hash order, come out the same; jobs change nothing that is read.
. "$(dirname "$0")/common.sh"
make_scenarios

"$distrosim" sweep "$scenarios/smoke" --seeds 1..10 --jobs 1 --self-check --perturb --out one >one.txt 2>/dev/null ||
    { cat one.txt; fail "a run came out otherwise"; }
"$distrosim" sweep "$scenarios/smoke" --seeds 1..10 --jobs 2 --self-check --out one >two.txt 2>/dev/null
same one.txt two.txt
runs=$(tail -n +2 one/sweep/smoke/sweep.csv | wc -l)
grep -q "; $runs run twice to compare" one.txt || fail "not all $runs runs were checked"

# About 5 % without being asked, and the same ones in every shard.
"$distrosim" sweep some/quick.lua --seeds 1..2000 --out some-out >said
checked=$(sed -n 's/.*held; \([0-9]*\) run twice.*/\1/p' said)
[ "$checked" -gt 60 ] && [ "$checked" -lt 140 ] || fail "$checked of 2000 runs were checked"

# Failures, too, are the same in the other process.
status=0
mkdir temporary
TMPDIR=$PWD/temporary "$distrosim" sweep some/flaky.lua --seeds 1..30 --perturb --quiet >said 2>&1 || status=$?
[ $status -eq 1 ] || { cat said; fail "status $status, expected 1"; }
[ -z "$(ls -A temporary)" ] || fail "a temporary folder was left"
echo "again: $runs runs twice and perturbed, $checked of 2000 checked unasked"
