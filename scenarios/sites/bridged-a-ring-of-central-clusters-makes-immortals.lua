-- Canonical scenario 20, bridged: three clusters in a ring, all of the central level. Every hop marks the copy
-- anew, so at home it appears to be foreign and is registered beside the native. When the native leaves, the
-- copies keep one another alive: nothing in the ring ever lacks it at its source.
-- A native of the 2.x SDK is not overwritten, as the page has it (that is so for 1.x ones, whose client
-- is "ip:port" as well): it is listed twice.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), level = "central" },
  topology = function(p)
    local function bridge(from, to)
      return { from = from, to = to, kind = "nacos-sync", services = { "shop" }, level = p.level }
    end
    return { clusters = { east = { nodes = 3 }, south = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = p.rtt },
             bridges = { bridge("east", "south"), bridge("south", "west"), bridge("west", "east") } }
  end,
  must_see = { "bridge.copied" },

  story = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    step "a shop opens in the east"
    local shop = east:client { name = "shop", server = "n1" }
    wait(s(1))
    shop:register { service = "shop" }
    -- Each of three bridges may lose what it copied to a list that came too early, for a pass of everything.
    bridged.lastingly(bridged.copied * 3, function()
      return west:all_know(shop) and #east:node "n1":instances "shop" == 2
    end, "it has gone round and come home as a copy")
    wait(s(60))
    step "it closes"
    shop:deregister { service = "shop" }
    wait(minutes(30))
    expect(w:node "east/n1":knows(shop) and west:all_know(shop), "the ring has forgotten it")
  end,
}
