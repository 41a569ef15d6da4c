#!/bin/sh
# tests/real/nothing-left.sh DISTROSIM SCENARIOS -- what real servers leave behind: nothing.
#
# A run of real servers leaves nothing behind: no process, namespace, device or folder, neither when Ctrl-C stops it
# nor when it is killed; of a killed one the next run takes the folder away.
set -u
distrosim=$1 scenarios=$2
folder=$(mktemp -d) || exit 1
TMPDIR=$folder
export TMPDIR
trap 'rm -rf "$folder"' EXIT
story="$scenarios/real/a-partition-heals-into-agreement.lua"
failed=0

fail() {
  echo "$1"
  failed=1
}

# Servers whose files lie in our folder.
servers() {
  for process in /proc/[0-9]*; do
    case $(readlink "$process/cwd" 2>/dev/null) in "$folder"/*) echo "${process#/proc/}" ;; esac
  done
}

wait_for() { # SECONDS CONDITION...
  left=$(($1 * 10))
  shift
  until "$@"; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    sleep 0.1
  done
}

are_three() { [ "$(servers | wc -l)" -eq 3 ]; }
are_none() { [ "$(servers | wc -l)" -eq 0 ]; }

start() {
  "$distrosim" real "$story" --seed 1 --quiet --out "$folder/results" >"$folder/out" 2>&1 &
  command=$!
  if wait_for 20 are_three; then
    return
  fi
  wait $command
  status=$?
  cat "$folder/out"
  [ $status -eq 69 ] && exit 69
  echo "three servers did not start"
  exit 1
}

before=$(ls /sys/class/net)

start
kill -INT $command
wait $command
[ $? -eq 130 ] || fail "Ctrl-C does not end it with status 130"
wait_for 5 are_none || fail "servers are left after Ctrl-C: $(servers)"
[ -z "$(ls "$folder"/distrosim-real-* 2>/dev/null)" ] || fail "files are left after Ctrl-C"

start
kill -KILL $(cat /proc/$command/task/$command/children) $command
wait $command 2>/dev/null
wait_for 5 are_none || fail "servers are left after kill -9: $(servers)"
[ -n "$(ls "$folder"/distrosim-real-* 2>/dev/null)" ] || fail "kill -9 left nothing to clean up, and proves nothing"

start
kill -INT $command
wait $command
wait_for 5 are_none || fail "servers are left of the third run"
[ -z "$(ls "$folder"/distrosim-real-* 2>/dev/null)" ] || fail "the next run leaves what the killed one left"

[ "$before" = "$(ls /sys/class/net)" ] || fail "the host's devices are others than before"
exit $failed
