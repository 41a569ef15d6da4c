#!/bin/bash
# tests/lint/run.sh DISTROSIM -- check finds all misspelt names of a file in one call, each with its line and the name
# that is meant, and none in the scenarios that run.
set -eu
distrosim=$(readlink -f -- "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

status=0
said=$("$distrosim" check tests/lint/ten.lua 2>&1) || status=$?
[ $status -eq 65 ] || fail "status $status, expected 65"
found=0
while read -r line wrong right; do
    grep -q "^distrosim: tests/lint/ten.lua:$line: .*'$wrong'; did you mean '$right'?$" <<<"$said" ||
        fail "line $line: '$wrong' is not told to be '$right'"
    found=$((found + 1))
done <<'NAMES'
4 lna lan
5 no_zombeis no_zombies
5 gracee grace
9 partion partition
10 isolat isolate
12 nmae name
13 registr register
14 servce service
15 wiat wait
16 eventualy eventually
17 losss loss
NAMES
[ "$(grep -c . <<<"$said")" -eq $found ] || { echo "$said"; fail "it says more than those"; }

# Libraries return no scenario; that is all there is to say of them.
"$distrosim" check scenarios scenarios/incidents scenarios/lib/*.lua scenarios/reality scenarios/scale tests/api \
    tests/api/red tests/explain --quiet >/dev/null 2>"$work/said" || true
grep -v 'this one returned a table' "$work/said" >"$work/wrong" || true
mv "$work/wrong" "$work/said"
[ ! -s "$work/said" ] || { head -n 5 "$work/said" >&2; fail "it complains of scenarios that run"; }
echo "lint: $found names found, none where there is none"
