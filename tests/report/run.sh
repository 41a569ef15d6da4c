#!/bin/bash
# tests/report/run.sh DISTROSIM -- a report of a run that held takes little more than the run, shows what took longest,
# and says the same when it is written again.
set -eu
distrosim=$(readlink -f -- "$1")
scenarios=$(cd "$(dirname "$0")/../../scenarios" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

# Processor time, which does not grow when the machine is busy: "12.345".
cpu_of() {
    local TIMEFORMAT=%U
    { time "$distrosim" "$@" >said 2>&1; } 2>&1 || { cat said >&2; fail "$* ended with $?"; }
}

run=$(cpu_of run "$scenarios/wan/regions-partition.lua" --seed 7 --quiet)
report=$(cpu_of report results/wan/regions-partition/7)
# A trace of every VERIFY took five times as long as the run, and to write it as text twenty times.
near() { awk -v run="$run" -v report="$1" 'BEGIN { exit !(report < 3 * run) }'; }
near "$report" || fail "the report took $report s, the run $run s"
cp results/wan/regions-partition/7/report.html first.html
cpu_of report results/wan/regions-partition/7 >/dev/null
cmp first.html results/wan/regions-partition/7/report.html || fail "the second report is another"
at_once=$(cpu_of run "$scenarios/wan/regions-partition.lua" --seed 7 --report --quiet)
near "$at_once" || fail "run --report took $at_once s, the run $run s"
cmp first.html results/wan/regions-partition/7/report.html || fail "the report of run --report is another"
grep -q '<svg' first.html || fail "there is no picture in it"
# What the picture of a run is drawn from: steps and violations, faults of a kind in one row, clients by server.
cat >marked.lua <<'LUA'
-- Three crashes, and a claim that is wrong.
return scenario { topology = { nodes = 2 }, story = function(w)
  step "three, crashes" for i = 1, 3 do w:crash("n1") wait(s(2)) w:restart("n1") wait(s(9)) end
  never(function() return true end, "it is so")
  wait(s(1))
end }
LUA
"$distrosim" run marked.lua --seed 1 --quiet >/dev/null || [ $? -eq 1 ] || fail "marked.lua ended otherwise"
grep -qx '0,step,"three, crashes"' results/marked/1/marks.csv || fail "the step is not marked"
grep -q ',violation,it is so$' results/marked/1/marks.csv || fail "the violation is not marked"
[ "$(cut -d , -f 4- results/marked/1/faults.csv | tail -n 3 | tr '\n' ' ')" = 'crash n1,0,crash n1 x 3 crash n1,0, crash n1,0, ' ] ||
    { cat results/marked/1/faults.csv; fail "the crashes do not gather"; }
head -n 1 results/marked/1/timeline.csv | grep -q ',lost_listed,stale,clients:n1,clients:n2$' || fail "clients by server"
echo "report: $report s, with the run $at_once s, after a run of $run s"
