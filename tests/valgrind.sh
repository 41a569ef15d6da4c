#!/bin/sh
# tests/valgrind.sh FOLDER -- the unit tests under Valgrind: no invalid access, no leak.
set -eu
failed=0
for program in "$1"/test_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    log=$(mktemp)
    # Tests shorten their longest loops on a slow host.
    if DISTROSIM_SLOW_HOST=1 valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite \
        --error-exitcode=99 "$program" >"$log" 2>&1; then
        echo "clean   $(basename "$program")"
    else
        echo "FAILED  $(basename "$program")"
        tail -n 60 "$log"
        failed=1
    fi
    rm -f "$log"
done
exit "$failed"
