-- Canonical scenario 9, bridged from the source: when the region is lost for good, the worker is lost with it,
-- its beats end, and the copies are gone 25 to 35 s later. It is the only placement that forgets.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 5 },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source", workers = 2, services = { "shop" } }) end,
  must_see = { "bridge.stopped", "beat.expired" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(between(s(20), s(30)))
    step "the east loses power"
    w:cut("east", "west")
    w:crash { "east>west/1", "east>west/2" }
    for _, shop in ipairs(shops) do shop:kill() end
    w:crash { east:nodes() }
    measure("gone after", within(bridged.expiry.from, bridged.expiry.to + s(2), function()
      return west:none_knows(shops)
    end, "the dead are gone"))
  end,
}
