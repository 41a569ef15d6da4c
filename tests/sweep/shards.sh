#!/bin/bash
# tests/sweep/shards.sh DISTROSIM -- shards, joined, equal the whole sweep byte for byte; shards that
# do not belong together are refused with a sentence.
. "$(dirname "$0")/common.sh"
make_scenarios
vary="--vary low=0.1,0.5 --seeds 1..23"

shard() { # I/N OUT
    # shellcheck disable=SC2086 # one word per option is meant
    "$distrosim" sweep some/flaky.lua $vary --shard "$1" --out "$2" --quiet >/dev/null || [ $? -eq 1 ]
}

# shellcheck disable=SC2086
"$distrosim" sweep some/flaky.lua $vary --out whole --junit whole/junit.xml --quiet >/dev/null || [ $? -eq 1 ]
for i in 1 2 3; do shard $i/3 "m$i"; done
mkdir scenarios-are-elsewhere && mv some scenarios-are-elsewhere
status=0
"$distrosim" merge m1 m2/sweep/flaky.2-of-3 m3 --out joined --junit joined/junit.xml --quiet >/dev/null || status=$?
[ $status -eq 1 ] || fail "merge ended with $status, but a run was unsafe"
mv scenarios-are-elsewhere/some .
for file in sweep/flaky/sweep.csv sweep/flaky/groups.csv sweep/flaky/sweep.json junit.xml \
    corpus/flaky.tsv; do
    [ -e "whole/$file" ] || file=corpus/some/flaky.tsv
    same "whole/$file" "joined/$file"
done

run merge m1 m3 --out refused
expect 64 "shard 2 of 3 is missing"
run merge m1 m2 m3 m1 --out refused
expect 64 "are both shard 1 of 3"
run merge whole --out refused
expect 64 "is a whole sweep, no shard"
run merge some --out refused
expect 66 "holds no sweep"
vary="--seeds 1..24" shard 2/3 other
run merge m1 other m3 --out refused
expect 64 "are not shards of one sweep"
shard 2/4 other4
run merge m1 other4 --out refused
expect 64 "one of 4"
sed -i '$d' m2/sweep/*/journal.tsv
run merge m1 m2 m3 --out refused
expect 64 "is not finished"
[ ! -e refused ] || fail "a merge that was refused wrote something"
run sweep some --seeds 1..2 --shard 5/4
expect 64 "of 4 shards the last is 4/4"
run sweep some --seeds 1..2 --shard 2of4
expect 64 "such as 2/4"
echo "shards: joined, and refused where they should be"
