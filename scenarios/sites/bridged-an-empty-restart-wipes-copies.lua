-- Canonical scenario 26, bridged: when all servers of the source restart at once (warm-up off), they answer with
-- empty lists until their clients have come back. A worker that asks then believes them, since its
-- client's empty protection is off and not exposed, and takes the copies back. Services that it does not
-- ask about in those seconds are spared. Most of the others are copied again a few seconds later; but one
-- that returns before the worker's view of the destination has followed falls into the hole of scenario 3
-- and stays away until the pass of everything (which the page does not say). The longer the outage, the fewer are hit:
-- a scan that meets it finds no list of services, deletes every task, and with a task its polls end.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), services = 40, down_for = ms(200) },
  topology = function(p) return bridged.pair(p.rtt, { placement = "destination" }) end,
  must_see = { "node.crash", "bridge.removed" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = {}
    for i = 1, p.services do
      shops[i] = bridged.open(w, "shop-" .. i, 1)[1]
      wait(ms(300)) -- so that their polls have different phases
    end
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(between(s(20), s(30)))
    local holes = {}
    for i, shop in ipairs(shops) do holes[i] = watch(function() return not west:node "n1":knows(shop) end) end
    step "all servers of the east go down"
    w:crash { east:nodes() }
    wait(p.down_for)
    for i in ipairs(shops) do expect(holes[i]:first() == nil, "a copy went while there was no answer") end
    step "they are back, empty"
    w:restart { east:nodes() }
    eventually(s(30), function() return east:all_know(shops) end, "the clients have come back")
    eventually(bridged.fallback + s(15), function() return west:all_know(shops) end, "all are copied")
    local hit, worst = 0, s(0)
    for i in ipairs(shops) do
      for n, span in ipairs(holes[i]:spans()) do
        if n == 1 then hit = hit + 1 end
        if span.to - span.from > worst then worst = span.to - span.from end
      end
    end
    measure("services wiped", hit)
    measure("longest outage", worst)
    expect(hit > 0, "none was wiped")
  end,
}
