#!/bin/sh
# tests/real/stories.sh DISTROSIM SCENARIOS [--all] -- the stories of scenarios/real on distrod.
#
# A dozen stories of scenarios/real, or all of them, hold on distrod, side by side. Skipped (69) where network namespaces
# or TUN devices are missing, and where the machine was too busy to watch: what was seen late proves nothing.
set -u
distrosim=$1 scenarios=$2 jobs=16
dozen="a-change-of-weight-is-listed-by-all-within-three-seconds
a-client-that-closes-during-a-cut-leaves-no-ghost
a-client-that-dies-silently-is-gone-within-forty-seconds
a-client-whose-process-dies-is-gone-within-two-seconds
a-client-whose-server-is-cut-from-it-goes-to-another
a-cut-of-one-direction-delays-what-goes-that-way
a-partition-heals-into-agreement
a-registration-crosses-a-wan-one-way-later
a-server-frozen-for-six-seconds-is-right-soon-after
a-server-that-crashes-loses-nobody-and-comes-back
a-server-that-joins-loads-what-there-is
a-server-that-stops-in-order-hands-its-clients-over"
if [ "${3-}" = --all ]; then
  dozen=$(cd "$scenarios/real" && ls -- *.lua | sed 's/\.lua$//')
  jobs=8
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
set --
for story in $dozen; do
  set -- "$@" "$scenarios/real/$story.lua"
done
"$distrosim" real "$@" --servers distrod --seed 1 --jobs $jobs --quiet --out "$folder" >"$folder/out" 2>"$folder/err"
status=$?
cat "$folder/out" "$folder/err"
case $status in
  3)
    echo "skipped: the observer was late twice, the machine is busy"
    exit 69 ;;
  *) exit $status ;;
esac
