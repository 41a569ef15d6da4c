#!/bin/bash
# tests/sweep/wobbly.sh WOBBLY -- a simulator that is not deterministic is found out: status 4, the
# first event that differs, the world at fault. WOBBLY is the command linked with wobbly.c.
. "$(dirname "$0")/common.sh"
make_scenarios
unset TZ
count() { cut -d , -f 3 results/sweep/quick/sweep.csv | grep -c nondeterministic || true; }

run sweep some/quick.lua --seeds 1..12 --self-check --quiet
[ "$status" -eq 0 ] || fail "it wobbles unasked"

export WOBBLE=again
run sweep some/quick.lua --seeds 1..12 --self-check
[ "$status" -eq 4 ] || fail "status $status, expected 4"
[ "$(count)" -eq 4 ] || fail "$(count) of 4 runs were found out"
grep -q 'seed 4 .*; record 1 is {".*} in one run and {".*} in the other' said ||
    { cat said >&2; fail "it does not name the event"; }
grep -q '^worst  *4  nondeterministic' said || { cat said >&2; fail "they are not one failure"; }
grep -qP '^1\tnondeterministic\t\tnot deterministic$' results/corpus/some/quick.tsv ||
    fail "the seeds are not kept"

export WOBBLE=zone
run sweep some/quick.lua --seeds 1..12 --self-check --quiet --out unperturbed
[ "$status" -eq 0 ] || fail "a time zone is seen without --perturb"
run sweep some/quick.lua --seeds 1..12 --perturb
[ "$status" -eq 4 ] || fail "status $status, expected 4"
[ "$(count)" -eq 4 ] || fail "$(count) of 4 runs were found out"
grep -q 'seed 5 .*; alone, it differs under another time zone$' said ||
    { cat said >&2; fail "it does not name the time zone"; }

# What was found is in the journal: shards that were perturbed merge with it.
for i in 1 2; do
    run sweep some/quick.lua --seeds 1..12 --perturb --shard $i/2 --out m
done
run merge m/sweep --out merged
[ "$status" -eq 4 ] || { cat said >&2; fail "merged: status $status, expected 4"; }
same results/sweep/quick/sweep.csv merged/sweep/quick/sweep.csv
echo "wobbly: found out"
