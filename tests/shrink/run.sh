#!/usr/bin/env bash
# tests/shrink/run.sh DISTROSIM -- shrinks each red scenario beside this file, twice: the result must
# fail again with the same check, have at most 15 lines of story, be there within 60 s, and be the
# same both times. Then what must be refused.
set -u

if [ $# -ne 1 ] || ! command=$(readlink -f -- "$1") || [ ! -x "$command" ]; then
    echo "usage: tests/shrink/run.sh DISTROSIM" >&2
    exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
ran=0 failed=0

complain() { # NAME WHAT
    failed=$((failed + 1))
    printf 'FAIL  %s: %s\n' "$1" "$2"
    sed 's/^/      /' said | head -n 8
}

# The check that fails first in a run.
check_of() { # SCENARIO SEED
    "$command" run "$1" --seed "$2" --json --out runs 2> /dev/null |
        sed -n 's/^ *"check": *"\([a-z_]*\)".*/\1/p' | head -n 1
}

shrinks() { # SCENARIO SEED
    local name before after lines again
    name=$(basename "$1" .lua)-$2
    ran=$((ran + 1))
    before=$(check_of "$1" "$2")
    [ -n "$before" ] || { : > said && complain "$name" "its run does not fail" && return; }
    SECONDS=0
    "$command" shrink "$1" --seed "$2" -o "$name.lua" > said 2>&1 ||
        { complain "$name" "status $?" && return; }
    [ $SECONDS -lt 60 ] || complain "$name" "it took $SECONDS s"
    lines=$(sed -n 's/^shrunk .* to [0-9]*, \([0-9]*\) lines.*/\1/p' said)
    [ -n "$lines" ] && [ "$lines" -le 15 ] || complain "$name" "its story has '$lines' lines"
    grep -Eq 'between|one_of|shuffle|poisson|fleet \{|chaos' "$name.lua" &&
        complain "$name" "it draws"
    again=$(sed -n 's/^again .* --seed \([0-9]*\)$/\1/p' said)
    after=$(check_of "$name.lua" "$again")
    [ "$before" = "$after" ] || complain "$name" "'$before' became '$after'"
    mv "$name.lua" first
    "$command" shrink "$1" --seed "$2" -o "$name.lua" > said 2>&1
    cmp -s first "$name.lua" || complain "$name" "the second time it is another one"
}

refuses() { # STATUS SENTENCE ARGUMENTS...
    local status=0 expected=$1 sentence=$2
    shift 2
    ran=$((ran + 1))
    "$command" shrink "$@" > said 2>&1 || status=$?
    [ $status -eq "$expected" ] || complain "$*" "status $status, expected $expected"
    grep -qF -- "$sentence" said || complain "$*" "it does not say: $sentence"
}

for scenario in "$here"/*.lua; do
    for seed in 1 2 3; do
        shrinks "$scenario" $seed
    done
done

cat > holds.lua << 'END'
return scenario { topology = { nodes = 1 }, story = function() wait(s(1)) end }
END
cat > computed.lua << 'END'
return scenario {
  topology = { nodes = 1 },
  story    = function() local began = now() wait(s(3)) local took = now() - began expect(took < s(2)) end,
}
END
red=$here/lost-delete.lua
refuses 64 "there is nothing to shrink" holds.lua --seed 1
refuses 65 "cannot be told without its story" computed.lua --seed 1
refuses 66 "no such file" nowhere.lua --seed 1
refuses 64 "--seed N says so" "$red"
refuses 64 "no param 'crwd'; did you mean 'crowd'?" "$red" --seed 1 --set crwd=3
refuses 64 "--within takes a time" "$red" --seed 1 --within soon
refuses 74 "cannot" "$red" --seed 1 -o /dev/null/x/shrunk.lua
refuses 74 "is a folder" "$red" --seed 1 -o "$work"

printf '%d cases, %d failed\n' "$ran" "$failed"
[ $failed -eq 0 ]
