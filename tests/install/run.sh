#!/usr/bin/env bash
# tests/install/run.sh BUILD SOURCE -- installed, the command has all that it needs: it runs from any folder, with the
# sources and the build out of sight (where the system lets a test hide them), and its pages are there.
set -euo pipefail
build=$1 source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
fail() {
    echo "install: $*" >&2
    failed=1
}

DESTDIR='' cmake --install "$build" --prefix "$scratch/usr" --strip >/dev/null
distrosim=$scratch/usr/bin/distrosim
share=$scratch/usr/share

for file in man/man1/distrosim.1.gz man/man1/distrosim-run.1.gz bash-completion/completions/distrosim \
    zsh/vendor-completions/_distrosim fish/vendor_completions.d/distrosim.fish doc/distrosim/copyright \
    distrosim/scenarios/meta/distrosim.lua distrosim/plot/timeline.gp distrosim/report/report.css; do
    [ -s "$share/$file" ] || fail "share/$file is missing"
done
! grep -qaF "$source/" "$distrosim" || fail "the binary names the folder that it was built from"

# A user's story, in another folder, with what distrosim brings: library and measured tables.
mkdir "$scratch/work"
cat >"$scratch/work/own.lua" <<LUA
-- It finds what is installed.
require "bounds"
return scenario {
  topology = {
    sites = { a = 2, b = 2 },
    rtt_from = rtt_table("azure_p50", { a = "East Asia", b = "Germany West Central" }),
  },
  story = function(w)
    local shop = w:client { name = "shop", server = "a" }
    wait(s(5))
    shop:register { service = "shop" }
    eventually(s(18), function() return w:all_know(shop) end, "shop known everywhere")
  end,
}
LUA

cat >"$scratch/inside.sh" <<'SH'
set -eu
distrosim=$1 share=$2
cd "$3"
"$distrosim" run own.lua --seed 1 --report --quiet
grep -q -- "--red" results/own/1/report.html || { echo "the report has no style" >&2; exit 1; }
"$distrosim" run scenarios/smoke/a-registration-reaches-every-node.lua --seed 1 --quiet
"$distrosim" replay results/smoke/a-registration-reaches-every-node/1 | grep -q '^same'
"$distrosim" sweep scenarios/smoke --seeds 1..2 --quiet
"$distrosim" check "$share/distrosim/scenarios/smoke" own.lua >/dev/null
"$distrosim" list | grep -q '^partition/'
if command -v gnuplot >/dev/null; then
    "$distrosim" plot results/own/1 >/dev/null
fi
SH

cat >"$scratch/hide.sh" <<'SH'
mount -t tmpfs none "$1"
shift
exec sh "$@"
SH
inside=("$scratch/inside.sh" "$distrosim" "$share" "$scratch/work")
hidden="the sources hidden"
if unshare --mount true 2>/dev/null; then
    unshare --mount sh -eu "$scratch/hide.sh" "$source" "${inside[@]}" || fail "it does not run"
elif unshare --map-root-user --mount true 2>/dev/null; then
    unshare --map-root-user --mount sh -eu "$scratch/hide.sh" "$source" "${inside[@]}" || fail "it does not run"
else
    hidden="the sources in sight, since this system does not let them be hidden"
    sh "${inside[@]}" || fail "it does not run"
fi

[ "$failed" -eq 0 ] && echo "install: runs from another folder, $hidden"
exit "$failed"
