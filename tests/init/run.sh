#!/usr/bin/env bash
# tests/init/run.sh DISTROSIM -- a project that init begins holds as it is; what is there already is named and kept.
set -euo pipefail
distrosim=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
fail() {
    echo "init: $*" >&2
    failed=1
}

cd "$scratch"
wrote=$("$distrosim" init project/below)
files=$(sed -n 's/^wrote \([^ ]*\) .*/\1/p' <<<"$wrote")
[ "$(wc -w <<<"$files")" -ge 4 ] || fail "it wrote too little: $wrote"
for file in $files; do
    [ -s "project/below/$file" ] || fail "$file is missing"
done

cd project/below
next=$(sed -n 's/^next  //p' <<<"$wrote" | tail -n 1)
eval "\"$distrosim\" ${next#distrosim} --quiet" || fail "the first scenario does not hold: $next"
python3 -m json.tool .luarc.json >/dev/null || fail ".luarc.json is no JSON"
for folder in $(grep -o '"/[^"?]*"' .luarc.json | tr -d '"'); do
    [ -d "$folder" ] || fail ".luarc.json names the folder $folder, which is not there"
done
# What the workflow runs, but for the installation.
workflow=.github/workflows/distrosim.yml
export GITHUB_SHA=2f7a34e06ba2f0d9a1b7b1c6b0d1c53c0a2b9f11
grep -c 'run: distrosim' "$workflow" >/dev/null || fail "the workflow does not run distrosim"
while read -r line; do
    (eval "\"$distrosim\" ${line#distrosim}" >/dev/null) || fail "a step of the workflow fails: $line"
done < <(sed -n 's/^ *run: distrosim/distrosim/p' "$workflow")
[ -s junit.xml ] || fail "the workflow leaves no junit.xml"
cd "$scratch"

# All of it is there.
before=$(find project -type f -exec sha256sum {} + | sort)
status=0
said=$("$distrosim" init project/below 2>&1) || status=$?
[ "$status" -eq 64 ] || fail "again, it ends with $status"
grep -q "scenarios/.*\.lua" <<<"$said" || fail "it does not name what is there: $said"
[ "$before" = "$(find project -type f -exec sha256sum {} + | sort)" ] || fail "it changed what was there"

# One of the files is there, even as a link to nothing: no other is written.
for file in $files; do
    rm -rf other
    mkdir -p "other/$(dirname "$file")"
    ln -s nowhere "other/$file"
    status=0
    said=$("$distrosim" init other 2>&1) || status=$?
    [ "$status" -eq 64 ] || fail "with $file there, it ends with $status"
    grep -qF "other/$file" <<<"$said" || fail "it does not name $file: $said"
    [ "$(find other -type f | wc -l)" -eq 0 ] || fail "with $file there, it wrote others"
done

# A file where a folder should be.
touch plain
status=0
said=$("$distrosim" init plain/below 2>&1) || status=$?
[ "$status" -eq 74 ] || fail "below a file, it ends with $status"
grep -q "plain" <<<"$said" || fail "it does not name the file: $said"

[ "$failed" -eq 0 ] && echo "init: a project that holds, and nothing overwritten"
exit "$failed"
