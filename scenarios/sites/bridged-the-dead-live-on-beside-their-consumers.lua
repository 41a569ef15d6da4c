-- Canonical scenario 9, bridged from the destination, as maintainers recommend: when the source's region is
-- lost for good, the worker in the surviving one keeps its cached list and keeps beating. Half an hour
-- later every dead instance is still listed, and healthy. No bound is to be had.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 5, watched = minutes(30) },
  topology = function(p) return bridged.pair(p.rtt, { placement = "destination", workers = 2, services = { "shop" } }) end,
  must_see = { "client.killed", "node.crash" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(20))
    step "the east loses power"
    w:cut("east", "west")
    for _, shop in ipairs(shops) do shop:kill() end
    w:crash { east:nodes() }
    local gap = watch(function() return bridged.healthy(west:node "n1", "shop") < p.shops end)
    wait(p.watched)
    expect(bridged.healthy(west:node "n1", "shop") == p.shops, "the dead have gone after all")
    expect(gap:first() == nil, "they have been away or unhealthy")
  end,
}
