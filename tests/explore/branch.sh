#!/usr/bin/env bash
# tests/explore/branch.sh DISTROSIM -- branch and pinpoint: the same up to an instant, drawn anew after it; each future
# has an address that replays, and the number of threads has no say.
set -euo pipefail
distrosim=$(readlink -f -- "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
cp "$here/hiccup.lua" .
fail() {
    echo "branch: $*" >&2
    exit 1
}
status_of() { # STATUS COMMAND...: it ends with that status
    local expected=$1 status=0
    shift
    "$@" >said 2>&1 || status=$?
    [ "$status" = "$expected" ] || fail "status $status, not $expected: $*: $(cat said)"
}

# A seed whose futures differ, whatever the network draws.
for seed in $(seq 1 20); do
    "$distrosim" branch hiccup.lua --seed "$seed" --at 7s --seeds 1..20 --jobs 1 --out one >said || true
    branch=branch/hiccup/$seed-at-7s
    table=one/$branch/branch.csv
    [ "$(cut -d, -f2 "$table" | sort -u | wc -l)" -lt 3 ] || break
    rm -r one
done
[ -d one ] || fail "all futures of 20 seeds end alike: nothing was drawn anew"
status_of 1 "$distrosim" branch hiccup.lua --seed "$seed" --at 7s --seeds 1..20 --jobs 4 --out four
diff -r one four || fail "the number of threads changes what branch writes"
head -1 "$table" | grep -qx 'seed,verdict,check,reason,fingerprint,choices' || fail "branch.csv has other columns"
while IFS=, read -r future verdict _ _; do
    case $verdict in held) status=0 ;; unsafe) status=1 ;; *) continue ;; esac
    status_of $status "$distrosim" replay hiccup.lua --choices "one/$branch/$future.choices"
    grep -q '^same ' said || fail "future $future does not replay: $(cat said)"
done <"$table"

# What a file of choices says must be so.
choices=one/$branch/1.choices
sed 's/^fingerprint .*/fingerprint 0123456789abcdef/' $choices >other.choices
status_of 4 "$distrosim" replay hiccup.lua --choices other.choices
sed -e '/^fingerprint/d' -e '/^[0-9]/d' $choices >edited.choices
printf '0 one_of 1/3 hiccup.lua:8\n' >>edited.choices
status_of 65 "$distrosim" replay hiccup.lua --choices edited.choices
grep -q "edited.choices:[0-9]*: choice 0 of the run is 'one_of ./2" said || fail "the line is not named: $(cat said)"

# From when on was it lost?
for red in $(seq 1 40); do
    "$distrosim" run hiccup.lua --seed "$red" --quiet >said || break
done
run=results/hiccup/$red
status_of 0 "$distrosim" pinpoint "$run" --jobs 1
grep -q '^sealed at ' said || fail "pinpoint does not say when: $(cat said)"
cp "$run/pinpoint.csv" "$run/pinpoint.json" .
status_of 0 "$distrosim" pinpoint "$run" --jobs 4
cmp pinpoint.csv "$run/pinpoint.csv" || fail "the number of threads changes pinpoint.csv"
cmp pinpoint.json "$run/pinpoint.json" || fail "the number of threads changes pinpoint.json"
head -1 pinpoint.csv | grep -qx 't_us,futures,red,low,high' || fail "pinpoint.csv has other columns"
python3 - <<'PYTHON' || fail "pinpoint.json does not follow from pinpoint.csv"
import csv, json
rows = list(csv.DictReader(open("pinpoint.csv")))
said = json.load(open("pinpoint.json"))
open_ = [i for i, row in enumerate(rows) if float(row["low"]) <= 0.9]
first = rows[open_[-1] + 1 if open_ else 0]
assert int(first["t_us"]) == said["sealed_us"], (first, said)
assert said["sealed_us"] <= said["violated_us"] and said["choice"] and said["cause"]
PYTHON
status_of 0 "$distrosim" report "$run"
grep -q 'Sealed at ' "$run/report.html" || fail "the report does not show the instant"
