#!/bin/sh
# tests/explain/run.sh DISTROSIM -- planted stories, each of which ends red for a reason that is known.
# A scenario says on lines "-- why: TEXT" what must stand among the first six lines of its
# explanation; `distrosim explain` must say the same as the run itself.
set -u
if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: tests/explain/run.sh DISTROSIM" >&2
    exit 64
fi
distrosim=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 stories=0

complain() {
    failed=$((failed + 1))
    echo "FAIL  $1: $2"
    sed 's/^/      /' "$3"
}

for story in "$here"/*.lua; do
    name=$(basename "$story" .lua)
    stories=$((stories + 1))
    "$distrosim" run "$story" --seed 3 --out "$work" >"$work/said" 2>&1
    status=$?
    if [ $status -ne 1 ] && [ $status -ne 2 ]; then
        complain "$name" "it should end red, but its status is $status" "$work/said"
        continue
    fi
    # The lines from "why" to "harm", without their first word.
    sed -n '/^why /,/^harm/p' "$work/said" | grep -v '^harm' | cut -c 7- | head -n 6 >"$work/why"
    "$distrosim" explain "$work/explain/$name/3" >"$work/explained" 2>&1 ||
        complain "$name" "explain failed" "$work/explained"
    sed -n '/^why /,$p' "$work/explained" | cut -c 7- | head -n 6 >"$work/again"
    cmp -s "$work/why" "$work/again" || complain "$name" "explain says something else" "$work/again"
    sed -n 's/^-- why: //p' "$story" >"$work/expected"
    while IFS= read -r text; do
        grep -qF -e "$text" "$work/why" || complain "$name" "no line says '$text'" "$work/why"
    done <"$work/expected"
done
echo "$stories stories, $failed failures"
[ $failed -eq 0 ]
