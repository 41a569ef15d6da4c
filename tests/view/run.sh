#!/bin/bash
# tests/view/run.sh DISTROSIM -- the page of a run is one file that loads nothing, says what the run was, and holds
# whatever a scenario may call things. What it does in a browser is for browser.sh.
set -eu
distrosim=$(readlink -f -- "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

cat >odd.lua <<'LUA'
-- A client that is called like the end of a script.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local a, b, c = w:nodes()
    local k = w:client { name = "</script><b>&", server = a }
    step "a step with </script> in it"
    w:cut(a, c)
    always(function() return c:knows(k) or now() < s(10) end, "c does not know it after ten seconds")
    k:register { service = "shop" }
    wait(s(20))
    w:crash(b)
    wait(s(5))
    w:heal()
    wait(s(20))
  end,
}
LUA
"$distrosim" run odd.lua --seed 1 --quiet >/dev/null || [ $? -eq 1 ] || fail "the run ended otherwise"
"$distrosim" view results/odd/1 >said || fail "there is no view"
page=results/odd/1/view.html
[ -s $page ] && grep -q "^view  $page " said || { cat said; fail "it does not say where the page is"; }
[ "$(grep -c '</script>' $page)" -eq 2 ] || fail "a name can end the script"
! grep -qE '(src|href)=|https?://|@import|url\(' <(grep -v 'http://www.w3.org/2000/svg' $page) || fail "it loads something"
"$distrosim" view results/odd/1 -o other.html >/dev/null && cmp $page other.html || fail "the second page is another"

python3 - $page <<'PYTHON'
import json, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
view = json.loads(re.search(r'<script type="application/json" id="view">(.*?)</script>', text, re.S).group(1))
def check(what, ok):
    if not ok:
        sys.exit("FAIL  " + what)
check("three servers", [n["name"] for n in view["nodes"]] == ["n1", "n2", "n3"])
check("n2 goes down", [s for t, s in view["nodes"][1]["life"]][-1] == "down")
check("the client by its name", view["clients"][0]["name"] == "</script><b>&")
check("it is served by n1", view["clients"][0]["at"][0][1] == 0)
check("the cut, both ways", sorted(tuple(l[1:]) for l in view["links"] if l[3] == 1) == [(0, 2, 1), (2, 0, 1)])
check("a heal", any(l[3] == 0 for l in view["links"]))
check("a step and a violation", {m[1] for m in view["marks"]} == {0, 1})
check("a message that was lost", any(m[5] for m in view["messages"]))
check("an instance that n3 lacks first", [v[1] for v in view["instances"][0]["views"] if v[2] == 1][-1] == 2)
check("why n3 lacks it", any(e["n"] == 2 and any("lost: cut" in line for line in e["why"]) for e in view["explained"]))
check("the verdict", view["verdict"] == "unsafe" and view["end"] > 45e6)
PYTHON
status=0
"$distrosim" view nothing >said 2>&1 || status=$?
[ $status -eq 66 ] || { cat said; fail "status $status without a run"; }

# Large runs stay small pages.
"$distrosim" run "$here/../../scenarios/wan/regions-partition.lua" --seed 7 --quiet >/dev/null
"$distrosim" view results/wan/regions-partition/7 >said
size=$(stat -c %s results/wan/regions-partition/7/view.html)
[ "$size" -lt 2000000 ] || fail "the flagship's page has $size bytes"
echo "view: one page, $((size / 1024)) KiB for the flagship"
