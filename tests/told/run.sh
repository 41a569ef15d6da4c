#!/usr/bin/env bash
# tests/told/run.sh DISTROSIM -- what the command tells people: sentences that must stand there, and nonsense that
# must not. Prints which rows of cases.tsv fail.
set -u

if [ $# -ne 1 ] || ! command=$(readlink -f -- "$1") || [ ! -x "$command" ]; then
    echo "usage: tests/told/run.sh DISTROSIM" >&2
    exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cp -r "$here/scenarios" told

ran=0 failed=0
while IFS=$'\t' read -r name said unsaid words; do
    case $name in '' | '#'*) continue ;; esac
    ran=$((ran + 1))
    # The words are the shell's, further commands among them.
    eval "timeout 60 '$command' $words" > out 2>&1 < /dev/null
    if ! grep -qF -- "$said" out; then
        printf 'FAIL  %s: it does not say: %s\n' "$name" "$said"
    elif [ "$unsaid" != - ] && grep -qF -- "$unsaid" out; then
        printf 'FAIL  %s: it says: %s\n' "$name" "$unsaid"
    else
        continue
    fi
    failed=$((failed + 1))
    sed 's/^/      /' out | head -n 12
done < "$here/cases.tsv"
printf '%d cases, %d failed\n' $ran $failed
[ $ran -gt 0 ] && [ $failed -eq 0 ]
