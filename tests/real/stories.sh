#!/bin/sh
# tests/real/stories.sh DISTROSIM SCENARIOS -- the stories of scenarios/real on distrod.
#
# Every story of scenarios/real holds on distrod, all side by side. Skipped (69) where network namespaces or TUN
# devices are missing, and where the machine was too busy to watch: what was seen late proves nothing.
set -u
distrosim=$1 scenarios=$2
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
"$distrosim" real "$scenarios"/real/*.lua --servers distrod --seed 1 --jobs 16 --quiet --out "$folder" \
  >"$folder/out" 2>"$folder/err"
status=$?
cat "$folder/out" "$folder/err"
case $status in
  3)
    echo "skipped: the observer was late twice, the machine is busy"
    exit 69 ;;
  *) exit $status ;;
esac
