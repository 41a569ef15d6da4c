#!/usr/bin/env bash
# tests/run/run.sh SOURCE -- tools/run says when a build fails and runs nothing then; a copied checkout is built where
# it stands; gnuplot is needed for plots alone. The project that is built is a program of one line.
set -euo pipefail
source=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
fail() {
    echo "run: $*" >&2
    failed=1
}

# A machine where all is installed but gnuplot, and nothing can be: what the scripts ask is answered by these.
stubs=$scratch/stubs
mkdir "$stubs"
stub() {
    cat >"$stubs/$1"
    chmod +x "$stubs/$1"
}
stub dpkg-query <<'SH'
#!/bin/sh
case $* in *gnuplot*) exit 1 ;; esac
echo "install ok installed"
SH
stub apt-get <<'SH'
#!/bin/sh
echo "not for you" >&2
exit 100
SH
stub sudo <<'SH'
#!/bin/sh
echo "sudo: a password is required" >&2
exit 1
SH
stub id <<'SH'
#!/bin/sh
echo 1000
SH
for program in sh bash env cat sed tail mktemp rm grep dirname cmake ninja cc gcc as ld ar ranlib nm strip uname pwd; do
    path=$(command -v "$program") && ln -s "$path" "$stubs/$program"
done
run() { # FOLDER ARGS...: status and all that was printed
    local folder=$1
    shift
    status=0
    said=$(PATH=$stubs "$folder/tools/run" "$@" 2>&1) || status=$?
}

checkout=$scratch/checkout
mkdir -p "$checkout/tools"
cp "$source/CMakePresets.json" "$checkout"
cp "$source/tools/run" "$source/tools/prepare.sh" "$checkout/tools"
cat >"$checkout/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES C)
add_executable(distrosim main.c)
CMAKE
program() { # FOLDER WORD
    printf '#include <stdio.h>\nint main(int n, char **v) { printf("%s:"); while (*++v) printf(" %%s", *v); return n > 9; }\n' \
        "$2" >"$1/main.c"
}

program "$checkout" first
run "$checkout" story.lua --seed 1
[ "$status" -eq 0 ] || fail "it ends with $status: $said"
grep -qF 'first: run story.lua --seed 1' <<<"$said" || fail "it does not run what was built: $said"

run "$checkout"
[ "$status" -eq 0 ] || fail "without gnuplot it ends with $status: $said"
grep -q 'first: run scenarios/.* --seed 7$' <<<"$said" || fail "without gnuplot it draws, or does not run: $said"
grep -qF 'apt-get install --no-install-recommends gnuplot-nox' <<<"$said" || fail "no line to paste: $said"

echo 'int main(void) { return this_is_not_there; }' >"$checkout/main.c"
run "$checkout" story.lua
[ "$status" -eq 70 ] || fail "after a failed build it ends with $status: $said"
grep -q 'this_is_not_there' <<<"$said" || fail "it does not show why the build failed: $said"
! grep -qF 'first:' <<<"$said" || fail "it runs the old binary after a failed build"

program "$checkout" second
run "$checkout"
copy=$scratch/copy
cp -a "$checkout" "$copy"
before=$(cd "$checkout/build/release" && sha256sum build.ninja CMakeCache.txt distrosim)
program "$copy" copied
run "$copy" story.lua
[ "$status" -eq 0 ] || fail "in a copy it ends with $status: $said"
grep -qF 'copied: run story.lua' <<<"$said" || fail "a copy runs something else: $said"
[ "$before" = "$(cd "$checkout/build/release" && sha256sum build.ninja CMakeCache.txt distrosim)" ] ||
    fail "a copy changed the build of the original"

[ "$failed" -eq 0 ] && echo "run: failures are told, copies are built where they stand"
exit "$failed"
