#!/usr/bin/env bash
# tests/badinput/run.sh DISTROSIM -- wrong command lines and scenarios, each with the exit status and
# the sentence it must give. Prints which rows of cases.tsv fail; nothing may crash, hang, or leave a
# half-written file.
set -u

if [ $# -ne 1 ] || ! command=$(readlink -f -- "$1") || [ ! -x "$command" ]; then
    echo "usage: tests/badinput/run.sh DISTROSIM" >&2
    exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
mounted=no

clean_up() {
    [ $mounted = no ] || umount "$work/full"
    rm -rf "$work"
}
trap clean_up EXIT

# The folder that the commands run in: the scenarios as "bad", a file where a folder is wanted, a
# folder that holds nothing, and, for root, a disk with no room.
cd "$work" || exit 1
cp -r "$here/scenarios" bad
mkdir -p nothing full
: > afile
truncate -s 1G big.lua
{ printf '\357\273\277'; cat bad/good.lua; } > marked.lua
{ echo '#!/usr/bin/env -S distrosim run'; cat bad/good.lua; } > started.lua
{ echo '#!/usr/bin/env -S distrosim run'; cat bad/unknown-verb.lua; } > started-wrong.lua
mkdir -p elsewhere/lib
truncate -s 1G elsewhere/lib/big.lua
echo 'require "big" return scenario {}' > elsewhere/large-library.lua
if mount -t tmpfs -o size=16k tmpfs full 2> /dev/null; then
    mounted=yes
    head -c 12k /dev/zero > full/filler
fi

ran=0 failed=0 skipped=0

complain() { # NAME WHAT
    failed=$((failed + 1))
    printf 'FAIL  %s: %s\n' "$1" "$2"
    sed 's/^/      /' said | head -n 6
}

# True if the text holds all pieces that stand between " ... ", in this order.
says() { # TEXT PIECES
    local rest=$1 pieces=$2 piece
    while [ -n "$pieces" ]; do
        piece=${pieces%%" ... "*}
        [[ $rest == *"$piece"* ]] || return 1
        rest=${rest#*"$piece"}
        [[ $pieces == *" ... "* ]] || return 0
        pieces=${pieces#*" ... "}
    done
}

run_case() { # NAME STATUS SENTENCE ARGUMENTS
    local status=0 left
    ran=$((ran + 1))
    # The arguments are shell words, redirections among them.
    eval "timeout 240 '$command' $4" > said 2>&1 < /dev/null || status=$?
    left=$(find . -name '.*.distrosim-??????' -type f | head -n 1)
    if [ $status -eq 124 ]; then
        complain "$1" "it hung"
    elif [ $status -ne "$2" ]; then
        complain "$1" "status $status, expected $2"
    elif ! says "$(tr -d '\0' < said)" "$3"; then
        complain "$1" "it does not say: $3"
    elif [ -n "$left" ]; then
        complain "$1" "it left $left"
    fi
}

while IFS=$'\t' read -r name status sentence arguments; do
    case $name in '' | '#'*) continue ;; esac
    if [ $mounted = no ] && [[ $arguments == *"full/"* ]]; then
        skipped=$((skipped + 1))
        printf 'skip  %s: no small disk could be mounted\n' "$name"
        continue
    fi
    run_case "$name" "$status" "$sentence" "$arguments"
done < "$here/cases.tsv"

printf '%d cases, %d failed, %d skipped\n' "$ran" "$failed" "$skipped"
[ $failed -eq 0 ]
