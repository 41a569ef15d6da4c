#!/usr/bin/env bash
# tests/explore/explore.sh DISTROSIM -- explore: its files, its last line, its exit status; the counterexample replays,
# and the number of threads has no say.
set -euo pipefail
distrosim=$(readlink -f -- "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
cp "$here/kept-connection.lua" .
fail() {
    echo "explore: $*" >&2
    exit 1
}
status_of() { # STATUS COMMAND...: it ends with that status
    local expected=$1 status=0
    shift
    timeout 120 "$@" >said 2>complained || status=$?
    [ "$status" = "$expected" ] || fail "status $status, not $expected: $*: $(cat said complained)"
}
explore() {
    status_of "$1" "$distrosim" explore kept-connection.lua "${@:2}"
}

# Nothing goes wrong in any order, and there is no other.
explore 0 --faults 0 --jobs 1 --out one
tail -1 said | grep -q '^COMPLETE: up to 0 faults of lose,hold,cut,crash; [0-9,]* states' || fail "says $(tail -1 said)"
explore 0 --faults 0 --jobs 4 --out four
cmp one/explore.json four/explore.json || fail "the number of threads changes explore.json"
python3 - <<'PYTHON' || fail "explore.json lacks a key"
import json
said = json.load(open("one/explore.json"))
keys = "schema scenario seed kinds faults horizon_us complete states runs depth transitions verdict counterexample"
assert list(said)[: len(keys.split())] == keys.split(), list(said)
assert said["complete"] and said["verdict"] == "held" and said["counterexample"] is None
PYTHON

# Within the horizon nothing goes wrong either.
explore 0 --faults 1 --kinds hold --horizon 600ms
tail -1 said | grep -q '^COMPLETE' || fail "says $(tail -1 said)"

# One connection breaks, and the claim is false fifteen seconds later.
explore 1 --faults 1 --kinds lose
python3 - <<'PYTHON' || fail "the counterexample is not as it should be"
import json
said = json.load(open("results/explore/kept-connection/explore.json"))
found = said["counterexample"]
assert found["faults"] == 1 and found["choices"] == "counterexample.choices", found
assert said["verdict"] == "unsafe" and not said["complete"]
PYTHON
choices=results/explore/kept-connection/counterexample.choices
grep -q '^kinds lose$' $choices || fail "the file of choices does not name the kinds"
status_of 1 "$distrosim" replay kept-connection.lua --choices $choices
grep -q '^same ' said || fail "the counterexample does not replay: $(cat said)"
grep -q '^again distrosim replay kept-connection.lua --choices ' said || fail "what replays it is not said: $(cat said)"
sed 's/ call [0-9]* of / call 99 of /' $choices >edited.choices
status_of 65 "$distrosim" replay kept-connection.lua --choices edited.choices

# What was not tried is said, and counts if it is asked for.
explore 0 --faults 3 --kinds crash,cut --horizon 20s --for 1s
tail -1 said | grep -q '^NOT COMPLETE: .* orders not tried$' || fail "says $(tail -1 said)"
explore 3 --faults 3 --kinds crash,cut --horizon 20s --for 1s --require-complete

# Interrupted, with a whole file.
rm -r results
"$distrosim" explore kept-connection.lua --faults 3 --kinds crash,cut --horizon 20s >/dev/null 2>complained &
pid=$!
sleep 2
kill -INT $pid
status=0
wait $pid || status=$?
[ $status = 130 ] || fail "interrupted: status $status"
python3 -c 'import json; json.load(open("results/explore/kept-connection/explore.json"))' || fail "half a file"
