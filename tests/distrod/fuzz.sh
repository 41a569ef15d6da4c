#!/bin/sh
# tests/distrod/fuzz.sh [MINUTES [TARGET...]] -- searches each fuzz target for MINUTES (60) with clang's
# libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, beginning with the corpus. What is new goes
# to build/fuzz/found/TARGET, what breaks it to build/fuzz/broken/TARGET-*.
set -eu
cd "$(dirname "$0")/../.."
minutes=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- frames json request http port

cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DDISTROD_FUZZ=ON \
    -DDISTROSIM_SANITIZE=ON -DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link >/dev/null
mkdir -p build/fuzz/broken
for target in "$@"; do
    cmake --build build/fuzz --target "distrod_fuzz_$target" -- --quiet
    mkdir -p "build/fuzz/found/$target"
    echo "== $target, $minutes min"
    "build/fuzz/tests/distrod/distrod_fuzz_$target" -max_total_time=$((minutes * 60)) -max_len=8192 -timeout=20 \
        -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0 -close_fd_mask=3 \
        -artifact_prefix="build/fuzz/broken/$target-" "build/fuzz/found/$target" "tests/distrod/corpus/$target"
done
