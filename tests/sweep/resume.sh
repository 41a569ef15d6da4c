#!/bin/bash
# tests/sweep/resume.sh DISTROSIM [KILLS] [SCENARIOS] [SEEDS] -- a sweep that is killed at random
# moments and resumed leaves the tables, byte for byte, that an undisturbed one leaves. Each kill is
# of a sweep of its own; every fifth time the resumed one is killed too. A kill that came when the
# sweep was done does not count.
. "$(dirname "$0")/common.sh"
kills=${2-10} what=${3-$scenarios/smoke} seeds=${4-1..400}

sweep() { # OUT OPTION...
    local out=$1
    shift
    "$distrosim" sweep "$what" --seeds "$seeds" --quiet --jobs 2 --out "$out" "$@" >/dev/null 2>&1
}

killed_after() { # SECONDS OUT OPTION...
    local after=$1 out=$2 pid
    shift 2
    "$distrosim" sweep "$what" --seeds "$seeds" --quiet --jobs 2 --out "$out" "$@" >/dev/null 2>&1 &
    pid=$!
    sleep "$after"
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
}

start=$(date +%s%N)
sweep whole || fail "the undisturbed sweep ended with $?"
took=$((($(date +%s%N) - start) / 1000000))
folder=$(cd whole && echo sweep/*)

early=0 late=0 i=1
while [ $i -le "$kills" ]; do
    rm -rf cut
    after=$(awk -v most="$took" -v r=$RANDOM 'BEGIN { printf "%.3f", most * r / 32768 / 1000 }')
    killed_after "$after" cut
    [ $((i % 5)) -ne 0 ] || killed_after 0.1 cut --resume
    if [ -e "cut/$folder/sweep.json" ]; then
        late=$((late + 1)) took=$((took * 9 / 10))
        continue
    fi
    [ -s "cut/$folder/journal.tsv" ] || early=$((early + 1))
    left=$(find cut -name '.*' -type f 2>/dev/null | head -n 1)
    [ -z "$left" ] || echo "note: killed while $left was being written"
    sweep cut --resume || fail "kill $i after $after s: the resumed sweep ended with $?"
    for table in sweep.csv groups.csv sweep.json; do
        same "whole/$folder/$table" "cut/$folder/$table"
    done
    doubled=$(grep -E '^[0-9]+	' "cut/$folder/journal.tsv" | cut -f 1 | sort | uniq -d | wc -l)
    [ "$doubled" -eq 0 ] || fail "kill $i: $doubled runs were made twice"
    i=$((i + 1))
done
echo "$kills kills, $early of them before the journal began; $late more came too late; all tables equal"

# A line that was cut off, or damaged, counts for nothing; another sweep is refused.
head -c -7 "whole/$folder/journal.tsv" >torn
sed '$s/held/hold/' "whole/$folder/journal.tsv" >damaged
for kind in torn damaged; do
    cp $kind "cut/$folder/journal.tsv"
    sweep cut --resume || fail "a $kind journal ended with $?"
    same "whole/$folder/sweep.csv" "cut/$folder/sweep.csv"
done
run sweep "$what" --seeds 1..3 --out cut --resume
expect 64 "'seeds 1..3' here"
