#!/bin/bash
# tests/sweep/damaged.sh DISTROSIM -- a journal with a damaged head is called damaged, not another sweep's: by --resume
# and by merge, wherever the damage is, and the file stays as it is.
. "$(dirname "$0")/common.sh"
make_scenarios
sweep=(sweep some/flaky.lua --seeds 1..4 --shard 1/2 --quiet)
run "${sweep[@]}"
journal=results/sweep/flaky.1-of-2/journal.tsv
cp $journal whole
lines=$(grep -n '^$' whole | head -n 1 | cut -d : -f 1)
[ "$lines" -gt 3 ] || fail "the head has $lines lines"

for line in $(seq 1 "$lines"); do
    # A letter less in that line; the blank one is taken out.
    if [ "$line" -eq "$lines" ]; then
        sed "${line}d" whole >damaged
    else
        sed "${line}s/.\$//" whole >damaged
    fi
    cp damaged $journal
    run "${sweep[@]}" --resume
    expect 64 damaged
    run merge results
    expect 64 damaged
    same damaged $journal
done
cp whole $journal
run "${sweep[@]}" --resume
[ $status -le 1 ] || { cat said; fail "an undamaged one is not resumed"; }
echo "damaged: $lines lines, each told"
