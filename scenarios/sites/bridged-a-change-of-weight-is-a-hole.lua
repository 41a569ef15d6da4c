-- Canonical scenario 17, bridged: the weight is part of the key by which copies are compared. So a new weight is
-- registered as a new instance, and then the "old" one is taken back, which has the same address: the
-- copy is gone until the next pass, up to 300 s. With the switch off only the registration is sent.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), key_trap = true },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" }, key_trap = p.key_trap }) end,
  must_see = { "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shop = bridged.open(w, "shop", 1)[1]
    eventually(bridged.copied, function() return west:all_know(shop) end, "it is copied")
    wait(s(30))
    local hole = watch(function() return not west:all_know(shop) end)
    step "its weight changes from 1 to 2"
    shop:update { service = "shop", weight = 2 }
    wait(s(10))
    if not p.key_trap then
      expect(hole:first() == nil, "it was away")
      expect(west:node "n1":stored "shop"[1].weight == 2, "the new weight has not come")
      return
    end
    expect(hole:first() ~= nil, "nothing was taken back")
    step "the next pass"
    measure("away for", within(s(0), bridged.fallback, function() return west:all_know(shop) end,
                               "it is copied again"))
    eventually(s(2), function() return west:node "n1":stored "shop"[1].weight == 2 end, "with the new weight")
    expect(east:all_know(shop), "at home it is missing")
  end,
}
