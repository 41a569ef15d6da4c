#!/usr/bin/env bash
# tests/manual/run.sh DISTROSIM -- help, man pages and completions name the same commands and options, and those who
# read them (groff, bash, zsh, fish; where installed) find no fault with them.
set -euo pipefail
distrosim=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
fail() {
    echo "manual: $*" >&2
    failed=1
}

check_roff() { # FILE: no warning, and its text comes out
    command -v groff >/dev/null || return 0
    warnings=$(groff -man -ww -z "$1" 2>&1)
    [ -z "$warnings" ] || fail "$1: $warnings"
}

"$distrosim" help --as man >"$scratch/distrosim.1"
check_roff "$scratch/distrosim.1"
for shell in bash zsh fish; do
    "$distrosim" help --as "$shell" >"$scratch/completion.$shell"
    if command -v "$shell" >/dev/null; then
        "$shell" -n "$scratch/completion.$shell" || fail "$shell finds the completion wrong"
    fi
done

for status in $("$distrosim" help | sed -n '/^Exit status/,$p' | grep -oE '\b[0-9]+\b'); do
    grep -qx ".B $status" "$scratch/distrosim.1" || fail "the man page lacks the exit status $status"
done

# What TYPED... completes to.
complete_words() {
    COMP_WORDS=(distrosim "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _distrosim 2>/dev/null
    printf '%s\n' "${COMPREPLY[@]}"
}
# shellcheck disable=SC1091 # made above
. "$scratch/completion.bash"

commands=$("$distrosim" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 16 ] || fail "help lists too few commands"
for command in $commands; do
    page=$scratch/distrosim-$command.1
    "$distrosim" help --as man "$command" >"$page"
    check_roff "$page"
    grep -q "distrosim.*-$command (1)" "$scratch/distrosim.1" || fail "distrosim(1) does not refer to $command"
    grep -qx -- "$command" <<<"$(complete_words '')" || fail "bash does not offer $command"
    for shell in zsh fish; do
        grep -q "[' ]$command\b" "$scratch/completion.$shell" || fail "$shell does not offer $command"
    done
    offered=$(complete_words "$command" --)
    for option in $("$distrosim" help "$command" | sed -n 's/^  --\([a-z-]*\) .*/\1/p'); do
        grep -qF "\\-\\-${option//-/\\-}\\fR" "$page" || fail "the man page of $command lacks --$option"
        grep -qx -- "--$option" <<<"$offered" || fail "bash does not offer $command --$option"
        grep -q -- "--$option\[" <<<"$(sed -n "/^    $command)/,/;;/p" "$scratch/completion.zsh")" ||
            fail "zsh does not offer $command --$option"
        grep -q "from $command' -l $option " "$scratch/completion.fish" || fail "fish does not offer $command --$option"
    done
done

[ "$(complete_words swe)" = sweep ] || fail "swe does not complete to sweep"
[ "$(complete_words run --prof)" = --profile ] || fail "run --prof does not complete to --profile"
grep -qx nacos-2.3 <<<"$(complete_words run --profile nacos-2)" || fail "--profile offers no profile"
grep -qx pcapng <<<"$(complete_words trace --format pc)" || fail "--format offers no format"
touch "$scratch/story.lua" "$scratch/story.txt"
[ "$(cd "$scratch" && complete_words run sto)" = story.lua ] || fail "run offers files that are no scenario"

[ "$failed" -eq 0 ] && echo "manual: help, man pages and completions agree"
exit "$failed"
