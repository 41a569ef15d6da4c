-- nacos-sync#347: the sync task deregistered instances that were native to the destination cluster. A worker
-- takes back what it brought, when that leaves the source, and when the source is empty; nothing else.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), kind = "nacos-client-1" },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" } }) end,
  must_see = { "bridge.copied", "bridge.removed" },
  always   = { checks.bridge_clean {} },

  story = function(w, p)
    local west = w:cluster "west"
    step "two shops in the east, one in the west"
    local shops = bridged.open(w, "shop", 2)
    local native = west:client { name = "native", server = "n1", kind = p.kind }
    native:register { service = "shop" }
    eventually(bridged.copied, function() return west:all_know { shops[1], shops[2], native } end, "the west lists all three")
    local away = watch(function() return not west:all_know(native) end)
    wait(s(30))
    step "one of the east's leaves"
    shops[2]:deregister { service = "shop" }
    eventually(s(15), function() return west:none_knows(shops[2]) end, "its copy is gone")
    wait(s(30))
    expect(west:all_know { shops[1], native }, "more than that has gone")
    step "the other leaves, too: the source is empty"
    shops[1]:deregister { service = "shop" }
    eventually(s(15), function() return west:none_knows(shops[1]) end, "its copy is gone")
    wait(s(310))
    expect(away:first() == nil, "the native instance was away")
  end,
}
