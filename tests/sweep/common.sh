# tests/sweep/common.sh -- sourced by the tests of sweep: a folder to work in, quick scenarios, and words.
set -eu
distrosim=$(readlink -f -- "$1")
here=$(cd "$(dirname "$0")" && pwd)
scenarios=$(cd "$here/../../scenarios" && pwd)
work=$(mktemp -d)
trap 'clean_up; rm -rf "$work"' EXIT
clean_up() { :; } # a test that mounts or forbids something undoes it here
cd "$work"
skip=77

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

# What the command says and how it ends: $status, said.
run() {
    status=0
    "$distrosim" "$@" >said 2>&1 || status=$?
}

expect() { # STATUS WORDS
    [ "$status" -eq "$1" ] || { cat said >&2; fail "status $status, expected $1"; }
    grep -qF -- "$2" said || { cat said >&2; fail "it does not say: $2"; }
    [ "$(grep -c . said)" -eq 1 ] || { cat said >&2; fail "it says more than one sentence"; }
}

same() { # ONE OTHER
    cmp "$1" "$2" || fail "$1 and $2 differ"
}

# A scenario that fails for some seeds only, one that is wrong, and one that is quick.
make_scenarios() {
    mkdir -p some
    cat >some/flaky.lua <<'LUA'
-- Fails for about a third of all seeds.
return scenario {
  params = { nodes = 1, low = 0.34 },
  topology = function(p) return { nodes = p.nodes } end,
  story = function(w, p)
    local drawn = between(0, 1)
    measure("drawn", drawn)
    wait(s(1.5))
    expect(drawn > p.low, "n" .. math.floor(drawn * 10) .. " drew <" .. drawn .. "> & \"lost\"")
  end,
}
LUA
    cat >some/quick.lua <<'LUA'
-- One node serves alone.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    local n = w:nodes()
    local shop = w:client { name = "shop-1", server = n }
    shop:register { service = "shop" }
    expect(n:knows(shop), "its own node does not list it")
  end,
}
LUA
}
