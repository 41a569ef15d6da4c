#!/bin/bash
# tests/sweep/corpus.sh DISTROSIM -- seeds that failed are kept, once and a few of a kind, and run
# first when asked; the rest of the sweep is as it would be without them.
. "$(dirname "$0")/common.sh"
make_scenarios
sweep() { "$distrosim" sweep some/flaky.lua --quiet "$@" >said 2>&1 || [ $? -eq 1 ]; }

sweep --seeds 1..40
corpus=results/corpus/some/flaky.tsv
kept=$(grep -vc '^#' $corpus)
[ "$kept" -ge 1 ] && [ "$kept" -le 5 ] || fail "$kept seeds of one kind were kept"
cp $corpus before
sweep --seeds 1..40
same before $corpus
first=$(grep -v '^#' $corpus | head -n 1 | cut -f 1)

# A kept seed outside the range comes on top, one inside it comes first but stands in its place.
sweep --seeds 100..104 --corpus
[ "$(grep -c "^some/flaky,$first," results/sweep/flaky/sweep.csv)" -eq 1 ] || fail "$first was not run"
head -n 1 said | grep -q "seed $first " || { cat said; fail "seed $first was not told first"; }
sweep --seeds 1..40 --out plain
mkdir -p with/corpus && cp -r results/corpus/* with/corpus
sweep --seeds 1..40 --out with --corpus
same plain/sweep/flaky/sweep.csv with/sweep/flaky/sweep.csv
sweep --seeds 1..40 --out with --corpus --fail-fast
[ "$(wc -l <with/sweep/flaky/sweep.csv)" -eq 2 ] || fail "it did not stop at the first of the corpus"

# Resumed with the corpus that it began with, although it has grown since.
sweep --seeds 200..240 --out with --corpus
cp with/sweep/flaky/sweep.csv undisturbed
printf '7\tunsafe\t--set low=0.9\tmore\n' >>with/corpus/some/flaky.tsv
sed -i '$d' with/sweep/flaky/journal.tsv
sweep --seeds 200..240 --out with --corpus --resume
same undisturbed with/sweep/flaky/sweep.csv
sweep --seeds 200..240 --out with --corpus
grep -q '^some/flaky,7,' with/sweep/flaky/sweep.csv || fail "settings of the corpus were not run"
printf '8\tunsafe\t--set gone=1\tmore\n' >>with/corpus/some/flaky.tsv
sweep --seeds 200..201 --out with --corpus
grep -q "seed 8 of the corpus is left out" said || { cat said; fail "a param that is gone is not told"; }
echo 'no line of a corpus' >>with/corpus/some/flaky.tsv
run sweep some/flaky.lua --seeds 1..2 --out with --corpus
expect 64 "flaky.tsv:"
echo "corpus: $kept seeds kept, run first"
