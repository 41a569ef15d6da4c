-- nacos-sync#350, 0.4.9-PRE: the filter "only what I brought" assigned its result to a parameter, which Java
-- throws away, so whatever the source lacked was deregistered. A native instance that lives by heartbeats
-- goes, comes back with its next beat, and goes again with the next pass.
-- On 2.x servers this hits natives of the 1.x SDK only: a worker deregisters the client "ip:port", and an
-- instance of the 2.x SDK belongs to its connection.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30) },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" }, native_deletion = true }) end,
  must_see = { "bridge.copied", "bridge.removed", "client.redo" },

  story = function(w)
    local west = w:cluster "west"
    local old = west:client { name = "old", server = "n1", kind = "nacos-client-1" }
    local new = west:client { name = "new", server = "n1", kind = "nacos-client-2" }
    wait(s(2))
    step "natives of both SDKs, and a shop in the east"
    old:register { service = "shop" }
    new:register { service = "shop" }
    eventually(s(12), function() return west:all_know { old, new } end, "the west lists its own")
    local hit, spared = watch(function() return not west:all_know(old) end),
                        watch(function() return not west:all_know(new) end)
    local shop = bridged.open(w, "shop", 1)[1]
    eventually(bridged.copied, function() return west:all_know(shop) end, "the copy is there")
    wait(s(60))
    step "the shop leaves: the source is empty"
    shop:deregister { service = "shop" }
    wait(s(310))
    measure("times the 1.x native was away", #hit:spans())
    expect(#hit:spans() > 0, "the native of the 1.x SDK was spared")
    expect(spared:first() == nil, "the native of the 2.x SDK was away")
  end,
}
