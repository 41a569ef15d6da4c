#!/bin/bash
# tests/view/browser.sh DISTROSIM [FOLDER] -- the page in a real browser, from a file: clicks, keys, the clock, and how
# long a frame of the flagship takes. Screenshots go to FOLDER. 77: there is no Chromium.
set -eu
distrosim=$(readlink -f -- "$1")
here=$(cd "$(dirname "$0")" && pwd)
shots=${2:-}
browser=$(command -v chromium || command -v chromium-browser) || { echo "skip: chromium is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAIL  $*" >&2
    exit 1
}

browse() { # OPTION... URL
    timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
        "$@" 2>/dev/null
}

"$distrosim" run "$here/../explain/retry-replaces-the-delete.lua" --seed 1 --quiet >/dev/null || true
"$distrosim" run "$here/../../scenarios/wan/regions-partition.lua" --seed 7 --quiet >/dev/null
small=results/explain/retry-replaces-the-delete/1 large=results/wan/regions-partition/7
"$distrosim" view $small >/dev/null
"$distrosim" view $large >/dev/null

# The page is played by a script behind its own, which leaves what it saw in the document.
play() { # PAGE SCRIPT
    { cat "$1"; printf '<pre id="seen"></pre><script>%s</script>\n' "$2"; } >played.html
    browse --virtual-time-budget=8000 --dump-dom "file://$work/played.html" | sed -n 's/.*<pre id="seen">\([^<]*\).*/\1/p'
}
script='{
const key = k => document.dispatchEvent(new KeyboardEvent("keydown", { key: k, bubbles: true })), seen = [];
const is = (what, ok) => seen.push((ok ? "ok " : "FAIL ") + what);
const d = window.distrosim, at = () => d.state().at;
key("Home"); is("Home is 0", at() === 0);
key("]"); const first = at(); is("a change is later", first > 0); key("]"); key("["); is("and back", at() === first);
key("End"); is("End is the end", at() === d.view.end);
key("Home"); key("ArrowRight"); is("an arrow is a hundredth", Math.abs(at() - d.view.end / 100) < 2);
key("v"); is("the violation", !d.violations.length || d.violations.includes(at()));
key("h"); is("the heal", !d.heals.length || d.heals.includes(at()));
key("2"); is("a server by its number", d.state().node === 1); key("2");
document.querySelector("#stage [data-node]").dispatchEvent(new MouseEvent("click", { bubbles: true })); is("a server by a click", d.state().node === 0);
key("Escape"); key("j"); is("an instance by a key", d.state().instance === 0);
is("where it is listed", document.querySelectorAll("#side td").length > 0);
document.querySelector("#side li button").click(); is("an instance by a click", d.state().instance === -1);
key(" "); is("it plays", d.state().playing); key(" "); is("and pauses", !d.state().playing);
is("nothing scrolls sideways", document.documentElement.scrollWidth <= window.innerWidth);
const times = []; for (let i = 0; i < 200; i++) { const from = performance.now(); d.go(d.view.end * i / 200); times.push(performance.now() - from); }
times.sort((a, b) => a - b); seen.push("frame " + times[100].toFixed(1) + " ms, 99 of 100 within " + times[198].toFixed(1) + " ms");
document.getElementById("seen").textContent = seen.join("\u0001");
}'
for run in $small $large; do
    seen=$(play $run/view.html "$script" | tr '\001' '\n')
    [ -n "$seen" ] || fail "the page of $run does not run"
    ! grep -q FAIL <<<"$seen" || { grep FAIL <<<"$seen"; fail "in the page of $run"; }
    echo "$(basename "$(dirname $run)"): $(grep -c '^ok' <<<"$seen") held; $(grep frame <<<"$seen"); page $(($(stat -c %s $run/view.html) / 1024)) KiB"
done
if [ -n "$shots" ]; then
    mkdir -p "$shots"
    shots=$(cd "$shots" && pwd)
    browse --window-size=1280,960 --screenshot="$shots/violation.png" "file://$work/$small/view.html" >/dev/null
    browse --window-size=1280,960 --screenshot="$shots/flagship.png" "file://$work/$large/view.html#t=60" >/dev/null
    browse --window-size=420,900 --screenshot="$shots/phone.png" "file://$work/$small/view.html" >/dev/null
    browse --window-size=1280,960 --blink-settings=preferredColorScheme=0 --screenshot="$shots/dark.png" \
        "file://$work/$large/view.html#t=60" >/dev/null
fi
