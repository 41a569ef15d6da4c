-- Servers hide what is disabled from lists, so a worker takes a disabled instance for one that has left:
-- its copy is taken back, and comes when it is enabled again.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30) },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" } }) end,
  must_see = { "client.updated", "bridge.removed" },
  always   = { checks.bridge_clean {} },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = bridged.open(w, "shop", 2)
    eventually(bridged.copied, function() return west:all_know(shops) end, "both are copied")
    wait(s(30))
    step "one is disabled"
    shops[1]:update { service = "shop", enabled = false }
    eventually(bridged.pushed(p.rtt), function() return west:none_knows(shops[1]) end, "its copy is gone")
    expect(west:all_know(shops[2]), "the other went with it")
    wait(s(30))
    step "and enabled"
    shops[1]:update { service = "shop", enabled = true }
    eventually(bridged.pushed(p.rtt), function() return west:all_know(shops) end, "its copy is back")
  end,
}
