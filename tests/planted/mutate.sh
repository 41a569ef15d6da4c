#!/bin/sh
# tests/planted/mutate.sh -- tools/mutate finds the places of core/ that can be changed, and changes one alone.
set -eu
cd "$(dirname "$0")/../.."
/usr/bin/python3 -c 'import clang.cindex' 2>/dev/null || { echo "mutate: python3-clang-16 is not installed"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
tools/mutate --list >"$out/list"
for kind in comparison condition constant increment return; do
    cut -f 5 "$out/list" | grep -qx "$kind" || { echo "mutate: no $kind is found"; exit 1; }
done
[ "$(cut -f 1 "$out/list" | sort -u | wc -l)" -eq "$(wc -l <"$out/list")" ] || { echo "mutate: two have one number"; exit 1; }
line=$(grep -n 'task->action != old->action' core/v2/sync.c | head -n 1 | cut -d : -f 1)
id=$(awk -F '\t' -v line="$line" '$2 == "core/v2/sync.c" && $3 == line && $5 == "comparison" { print $1; exit }' "$out/list")
tools/mutate --show "$id" | grep -q 'task->action == old->action && (created_earlier' || { echo "mutate: $id is not in place"; exit 1; }
