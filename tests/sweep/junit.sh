#!/bin/bash
# tests/sweep/junit.sh DISTROSIM -- the report for a build server is valid, counts what the sweep
# counts, and has the scenarios that could not be loaded.
. "$(dirname "$0")/common.sh"
make_scenarios
cat >some/broken.lua <<'LUA'
return scenario { nodse = 3 }
LUA

"$distrosim" sweep some --seeds 1..30 --junit report.xml --quiet >/dev/null 2>&1 || status=$?
[ "${status-0}" -eq 1 ] || fail "status ${status-0}, expected 1"
red=$(grep -c ',unsafe,' results/sweep/some/sweep.csv)
[ "$red" -gt 0 ] || fail "no seed failed, so nothing was shown"
[ "$(grep -c '<failure ' report.xml)" -eq "$red" ] || fail "not $red failures in the report"
[ "$(grep -c '<testcase ' report.xml)" -eq 61 ] || fail "not 61 cases in the report"
grep -q '<error type="scenario" message="[^"]*nodse' report.xml || fail "the broken one is missing"

mkdir only && mv some/broken.lua only
run sweep only --seeds 1..3 --junit broken.xml
expect 65 nodse
run sweep some --seeds 1..3 --junit missing/report.xml
[ "$status" -eq 74 ] || fail "a report that cannot be written gives $status"

command -v xmllint >/dev/null || {
    echo "skip: xmllint (Debian package libxml2-utils) is not installed"
    exit $skip
}
for file in report.xml broken.xml; do
    xmllint --noout --schema "$here/junit.xsd" $file 2>said || { cat said >&2; fail "$file is not valid"; }
done
sed 's/ hostname="distrosim"//' report.xml >wrong.xml
! xmllint --noout --schema "$here/junit.xsd" wrong.xml 2>/dev/null || fail "the schema takes anything"
echo "junit: $red failures, valid"
