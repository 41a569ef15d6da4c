#!/bin/bash
# tests/ask/run.sh DISTROSIM -- every ready question is answered with two sentences, a picture and the story that was
# played, in ten seconds of this machine's time; the folder is open.
set -eu
distrosim=$(readlink -f -- "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

"$distrosim" ask >list || fail "the questions are not listed"
names=$(grep -E '^[a-z]' list)
for expected in rolling-restart flap restart-of-all pause wan-p99 readiness-probe region-lost upgrade; do
    grep -qx "$expected" <<<"$names" || fail "there is no question $expected"
done
asked=0
for name in $names; do
    cpu=$( { TIMEFORMAT=%U; time "$distrosim" ask "$name" >said 2>err; } 2>&1) || { cat said err; fail "$name ended with $?"; }
    awk -v cpu="$cpu" 'BEGIN { exit !(cpu < 10) }' || fail "$name took $cpu s"
    [ "$(sed -n '/^answer/,/^picture/p' said | grep -vc '^picture')" -eq 2 ] || { cat said; fail "$name: not two sentences"; }
    picture=$(sed -n 's/^picture *//p' said)
    [ -s "$picture" ] || fail "$name: there is no picture '$picture'"
    [ -s "results/ask/$name/1/report.html" ] || fail "$name: there is no page"
    story=$(sed -n 's/^story *\([^ ]*\).*/\1/p' said)
    [ -s "$story" ] || fail "$name: there is no story '$story'"
    asked=$((asked + 1))
done

# What is set changes the answer, and a file more is a question more.
"$distrosim" ask region-lost --set providers=7 | grep -q '^answer  The 7 dead' || fail "--set changes nothing"
mkdir -p scenarios/ask
cat >scenarios/ask/own.lua <<'LUA'
-- Is this my own question?
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    answer "Yes."
    answer "It is."
  end,
}
LUA
"$distrosim" ask | grep -qx own || fail "a question of one's own is not listed"
"$distrosim" ask own | grep -q '^answer  Yes\.$' || fail "it is not answered"
status=0
"$distrosim" ask owm >said 2>&1 || status=$?
[ $status -eq 66 ] && grep -q "did you mean 'own'" said || { cat said; fail "status $status for a question that is not there"; }
echo "ask: $asked questions answered"
