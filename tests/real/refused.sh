#!/bin/sh
# tests/real/refused.sh DISTROSIM -- stories that real servers cannot play.
#
# What real servers do not have is refused by name, before anything starts.
set -u
distrosim=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

fail() {
  echo "$1"
  cat "$folder/err"
  failed=1
}

# STATUS TEXT: the story ends so, and says so.
check() {
  "$distrosim" real "$folder/story.lua" --seed 1 --out "$folder/results" >"$folder/out" 2>"$folder/err"
  status=$?
  [ $status -eq 69 ] && { cat "$folder/err"; exit 69; }
  [ $status -eq "$1" ] || fail "status $status, not $1, for: $2"
  grep -qF -- "$2" "$folder/err" || fail "it does not say: $2"
  [ ! -e "$folder/results" ] || fail "it left results: $2"
}

story() { # TOPOLOGY MUST_SEE BODY
  cat >"$folder/story.lua" <<END
return scenario {
  topology = { $1 },
  must_see = { $2 },
  story = function(w)
    local a, b, c = w:nodes()
    $3
  end,
}
END
}

story 'nodes = 3' '' 'w:chaos { for_ = s(1), crash = per_minute(1) }'
check 65 'story.lua:6: World:chaos is not to be had on real servers'
story 'nodes = 3' '' 'w:cut(a, b, { calls = true })'
check 65 'cut.calls is not to be had on real servers'
story 'nodes = 3' '' 'w:link(a, b, { mtu = kib(2) })'
check 65 'link.mtu is not to be had on real servers'
story 'nodes = 3' '"verify.repair"' 'wait(s(1))'
check 65 'must_see verify.repair is not to be had on real servers'
story 'nodes = 3' '' 'always(checks.one_owner {})'
check 65 'checks.one_owner is not to be had on real servers'
story 'nodes = 3, clocks = { n2 = { offset = s(-31) } }' '' 'wait(s(1))'
check 65 'topology.clocks is not to be had on real servers'
story 'nodes = 3' '' 'w:client { kind = "nacos-client-1" }'
check 65 'client.kind is not to be had on real servers'
story 'nodes = 3' '' 'a:counters()'
check 65 'Node:counters is not to be had on real servers'
story 'nodes = 3, profile = "nacos-1.4"' '' 'wait(s(1))'
check 65 'a profile of 1.x cannot be played on real servers'
story 'nodes = 3, settings = { ["distrosim.startTime"] = s(3) }' '' 'wait(s(1))'
check 65 "the setting distrosim.startTime is the simulator's alone"
story 'nodes = 3' '' 'wait(s(1))'
for setting in distrosim.firstResend=260ms:"the simulator's alone" clientBeatInterval=1s:'no counterpart in distrod' \
  server.tomcat.threads.max=9:'no counterpart in distrod'; do
  "$distrosim" real "$folder/story.lua" --setting "${setting%%:*}" 2>"$folder/err"
  [ $? -eq 65 ] || fail "a setting that servers lack is not status 65: $setting"
  grep -qF -- "${setting#*:}" "$folder/err" || fail "it does not say: ${setting#*:}"
done
"$distrosim" real "$folder/story.lua" --setting distrosim.startTime=33s 2>"$folder/err"
[ $? -eq 65 ] || fail "distrod starts at once, and takes a longer start all the same"
"$distrosim" real "$folder/story.lua" --setting nacos.core.protocol.distro.data.sync.delay=1s 2>"$folder/err"
[ $? -eq 64 ] || fail "an unknown setting is not status 64"
"$distrosim" real "$folder/story.lua" --servers nacos:/nonexistent 2>"$folder/err"
[ $? -eq 69 ] || fail "a missing release is not status 69"
"$distrosim" real "$folder/story.lua" --servers nacosd 2>"$folder/err"
[ $? -eq 64 ] || fail "a misspelt kind of server is not status 64"
"$distrosim" real "$folder/story.lua" --slack 5 2>"$folder/err"
[ $? -eq 64 ] || fail "a slack without a unit is not status 64"
exit $failed
