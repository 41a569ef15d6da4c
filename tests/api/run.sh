#!/usr/bin/env bash
# tests/api/run.sh DISTROSIM -- scenarios that hold the interface to its word (scenarios/API.md).
#
# Those here hold. Those in red/ must fail, each as its first line says: "-- STATUS CHECK: why". All run
# twice on one seed and give one fingerprint.
set -u

if [ $# -ne 1 ] || ! command=$(readlink -f -- "$1") || [ ! -x "$command" ]; then
    echo "usage: tests/api/run.sh DISTROSIM" >&2
    exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 ran=0 status=0 check=""

field() { # NAME: of the summary in $work/said, the first of that name
    sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\).*/\1/p" "$work/said" | head -n 1
}

run_twice() { # SCENARIO STATUS CHECK
    local status first='' turn
    ran=$((ran + 1))
    for turn in 1 2; do
        status=0
        "$command" run "$1" --seed 1 --json --out "$work/out" > "$work/said" 2> "$work/why" || status=$?
        [ $turn = 2 ] || first=$(field fingerprint)
    done
    if [ $status -ne "$2" ] || [ "$(field check)" != "$3" ]; then
        printf 'FAIL  %s: status %s and check "%s", expected %s and "%s"\n' \
            "$1" $status "$(field check)" "$2" "$3"
    elif [ -n "$first" ] && [ "$first" != "$(field fingerprint)" ]; then
        printf 'FAIL  %s: another fingerprint the second time\n' "$1"
    else
        return
    fi
    failed=$((failed + 1))
    sed 's/^/      /' "$work/why" | head -n 6
}

for scenario in "$here"/*.lua; do
    run_twice "$scenario" 0 ''
done
for scenario in "$here"/red/*.lua; do
    read -r _ status check < "$scenario"
    run_twice "$scenario" "$status" "${check%%:*}"
done
printf '%d scenarios, %d failed\n' $ran $failed
[ $failed -eq 0 ]
