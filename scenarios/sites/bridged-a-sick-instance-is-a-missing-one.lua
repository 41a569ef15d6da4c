-- Health is part of the key by which copies are compared: an instance that turns unhealthy at the
-- source is registered as unhealthy, and then the "old", healthy one is taken back, which has the same
-- address. So at the destination it is gone, not unhealthy, until it is healthy again. With the switch off
-- the destination shows what the source does.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), key_trap = true },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" }, key_trap = p.key_trap }) end,
  must_see = { "beat.late", "beat.recovered", "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shop = east:client { name = "shop", server = "n1", kind = "nacos-client-1" }
    wait(s(1))
    shop:register { service = "shop" }
    eventually(bridged.copied, function() return west:all_know(shop) end, "it is copied")
    wait(s(30))
    step "it hangs for a while, and is held for unhealthy at home"
    shop:pause(s(27))
    eventually(s(25), function() return bridged.healthy(east:node "n2", "shop") == 0 end, "unhealthy at home")
    expect(east:all_know(shop), "but listed")
    if p.key_trap then
      eventually(s(4), function() return west:none_knows(shop) end, "it is gone in the west")
    else
      eventually(s(4), function() return bridged.healthy(west:node "n1", "shop") == 0 end, "unhealthy in the west")
      expect(west:all_know(shop), "and listed there")
    end
    step "it goes on"
    eventually(s(20), function() return bridged.healthy(east:node "n2", "shop") == 1 end, "healthy at home")
    measure("back after", within(s(0), bridged.fallback + s(5), function()
      return bridged.healthy(west:node "n1", "shop") == 1
    end, "it is healthy in the west"))
  end,
}
