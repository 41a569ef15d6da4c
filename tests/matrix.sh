#!/bin/bash
# tests/matrix.sh -- one fingerprint per scenario and seed, for every build and any number of jobs.
#
#   gcc, clang  x  -O0, -O2, ASan+UBSan  x  jobs 1, 2  x  locale
#
# Each build sweeps the stock scenarios (the flagship and a big fleet at a smaller size) on a few seeds;
# their sweep.csv, with fingerprints and all figures, must be equal byte for byte.
set -eu
cd "$(dirname "$0")/.."
out=build/matrix
mkdir -p "$out"
reference=
failed=0

build() { # name, compiler, cmake options...
    local name=$1 compiler=$2
    shift 2
    cmake -S . -B "$out/$name" -G Ninja -DCMAKE_C_COMPILER="$compiler" "$@" >/dev/null
    cmake --build "$out/$name" --target distrosim -- --quiet
}

sweep() { # name, jobs, locale
    local results=$out/$1-jobs$2-results
    rm -rf "$results"
    # shellcheck disable=SC2046 # one word per path is meant
    LC_ALL=$3 "$out/$1/distrosim" sweep $(find scenarios -name '*.lua' -not -path '*/lib/*' \
        -not -path '*/meta/*' -not -path '*/scale/*' -not -name regions-partition.lua | sort) \
        --seeds 1..2 --jobs "$2" --quiet --out "$results/stock" >/dev/null || true
    LC_ALL=$3 "$out/$1/distrosim" sweep scenarios/wan/regions-partition.lua --set clients=300 \
        --seeds 1..2 --jobs "$2" --quiet --out "$results/flagship" >/dev/null || true
    LC_ALL=$3 "$out/$1/distrosim" sweep scenarios/scale/alibaba-2022.lua --set servers=20 \
        --set clients=1000 --set fill=10s --set churn_for=10s \
        --seeds 1..2 --jobs "$2" --quiet --out "$results/scale" >/dev/null || true
    find "$results" -name sweep.csv | sort | xargs cat >"$out/$1-jobs$2.csv"
}

compare() { # name, jobs
    local mine=$out/$1-jobs$2.csv
    if [ -z "$reference" ]; then
        reference=$mine
    fi
    local rows
    rows=$(wc -l <"$mine")
    if [ "$rows" -gt 20 ] && cmp -s "$reference" "$mine"; then
        printf '%-24s jobs %s: %s rows, the same\n' "$1" "$2" "$rows"
    else
        printf '%-24s jobs %s: %s rows, DIFFERENT from %s\n' "$1" "$2" "$rows" "$reference"
        diff "$reference" "$mine" | head -n 10 || true
        failed=1
    fi
}

for compiler in gcc clang; do
    for level in O0 O2 sanitize; do
        name=$compiler-$level
        case $level in
        O0) build "$name" "$compiler" -DCMAKE_BUILD_TYPE=Debug ;;
        O2) build "$name" "$compiler" -DCMAKE_BUILD_TYPE=Release ;;
        sanitize)
            build "$name" "$compiler" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1 \
                -DDISTROSIM_SANITIZE=ON
            ;;
        esac
        for jobs in 1 2; do
            locale=C
            [ "$jobs" = 1 ] || locale=C.UTF-8
            [ "$level" = O2 ] || [ "$jobs" = 2 ] || continue
            sweep "$name" "$jobs" "$locale"
            compare "$name" "$jobs"
        done
    done
done
exit "$failed"
