#!/bin/bash
# tests/sweep/killed.sh KILLED -- a process that is killed while it writes leaves no part of a file. KILLED is the
# command linked with killed.c, which ends it when all of a file is written but not yet in its place.
. "$(dirname "$0")/common.sh"
make_scenarios
python3 -c 'import os; os.close(os.open(".", os.O_TMPFILE | os.O_WRONLY))' 2>/dev/null ||
    { echo "this file system has no files without a name"; exit "$skip"; }
run run some/flaky.lua --seed 1 --trace trace.ndjson
[ "$status" -eq 137 ] || { cat said; fail "it was not killed: status $status"; }
left=$(find . -type f ! -name '*.lua' ! -name said)
[ -z "$left" ] || fail "it left $left"
echo "killed: nothing left"
