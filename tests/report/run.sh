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
echo "report: $report s, with the run $at_once s, after a run of $run s"
