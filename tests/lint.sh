#!/bin/sh
# tests/lint.sh FOLDER -- clang-tidy, with the checks of .clang-tidy, over the product's sources; FOLDER has their
# compile_commands.json.
set -eu
folder=${1:?usage: lint.sh FOLDER}
cd "$(dirname "$0")/.."
for name in run-clang-tidy-16 run-clang-tidy; do
    if command -v "$name" >/dev/null; then
        out=$(mktemp)
        trap 'rm -f "$out"' EXIT
        if ! "$name" -quiet -p "$folder" "$(pwd -P)/(core|sim|tools)/.*\\.c\$" >"$out" 2>/dev/null; then
            grep -E 'error:|warning:' "$out" || cat "$out"
            exit 1
        fi
        echo "lint: nothing found"
        exit 0
    fi
done
echo "lint: clang-tidy-16 is not installed"
exit 77
