#!/bin/bash
# tests/sweep/nowrite.sh DISTROSIM -- a full disk, a read-only folder, a file where a folder should
# be: status 74, one sentence, and no part of a file.
. "$(dirname "$0")/common.sh"
make_scenarios
locked=no mounted=no
clean_up() {
    [ $locked = no ] || chattr -i locked
    [ $mounted = no ] || umount full
}

no_part_of_a_file() { # FOLDER
    local part
    part=$(find "$1" -name '.*.distrosim-??????' -o -name 'sweep.*' -o -name 'groups.csv' | head -n 1)
    [ -z "$part" ] || fail "it left $part"
}

: >afile
run sweep some --seeds 1..20 --out afile
expect 74 "'afile' is a file, not a folder"
[ ! -s afile ] || fail "the file was written to"
mkdir -p results-here/sweep && : >results-here/sweep/some
run sweep some --seeds 1..20 --out results-here
expect 74 "is a file, not a folder"

# Root may write wherever the mode forbids it, so the folder is made immutable for it.
mkdir locked
if [ "$(id -u)" -ne 0 ]; then
    chmod a-w locked
    run sweep some/quick.lua --seeds 1..20 --out locked
    expect 74 "cannot write"
elif chattr +i locked 2>/dev/null; then
    locked=yes
    run sweep some/quick.lua --seeds 1..20 --out locked
    expect 74 "cannot write"
elif mount -t tmpfs -o ro tmpfs locked 2>/dev/null; then
    run sweep some/quick.lua --seeds 1..20 --out locked
    umount locked
    expect 74 "cannot write"
else
    echo "skip: no folder can be made read-only for root here"
fi
no_part_of_a_file locked

mkdir full
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k tmpfs full 2>/dev/null; then
    mounted=yes
    # The journal fills the disk: what fitted is kept, in whole lines, and resumed where there is room.
    run sweep some/quick.lua --seeds 1..3000 --quiet --out full
    expect 74 "No space left on device"
    no_part_of_a_file full
    [ "$(tail -c 1 full/sweep/quick/journal.tsv | od -An -tx1 | tr -d ' ')" = 0a ] || fail "the journal ends in mid-line"
    mount -o remount,size=8m full
    "$distrosim" sweep some/quick.lua --seeds 1..3000 --quiet --out full --resume || fail "not resumed"
    "$distrosim" sweep some/quick.lua --seeds 1..3000 --quiet --out room
    same room/sweep/quick/sweep.csv full/sweep/quick/sweep.csv
    # No room for anything.
    umount full && mount -t tmpfs -o size=16k tmpfs full && head -c 16k /dev/zero >full/filler 2>/dev/null || true
    run sweep some/quick.lua --seeds 1..20 --quiet --out full
    expect 74 "No space left on device"
    [ -z "$(find full -type f ! -name filler)" ] || fail "a full disk got a file"
else
    echo "skip: no small disk can be mounted here"
fi
echo "nowrite: 74 and one sentence each"
