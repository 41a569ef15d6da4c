#!/bin/sh
# tests/tsan.sh -- a sweep with two jobs under ThreadSanitizer: sweeps, merges and bench run worlds side by side.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cmake -S . -B build/tsan -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS=-fsanitize=thread \
    -DCMAKE_EXE_LINKER_FLAGS=-fsanitize=thread >"$out/configure" || { cat "$out/configure"; exit 1; }
cmake --build build/tsan --target distrosim >"$out/build" || { tail -n 20 "$out/build"; exit 1; }
# The sweep's own status is that of its worst run; a race stops it with 99.
status=0
# GLib is not instrumented: its locks are not seen, so its own slices and tables are left to it.
printf 'called_from_lib:libglib-2.0.so\n' >"$out/suppressions"
G_SLICE=always-malloc TSAN_OPTIONS="halt_on_error=1 exitcode=99 suppressions=$out/suppressions" build/tsan/distrosim sweep scenarios/smoke scenarios/partition \
    scenarios/chaos --seeds 1..4 --jobs 2 --out "$out/results" >"$out/log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
    tail -n 60 "$out/log"
    echo "tsan: the sweep ended with $status"
    exit 1
fi
echo "tsan: no race"
