-- Canonical scenario 3, bridged: an instance that leaves and comes back before the worker's view of the
-- destination has followed is not registered again. The stale view still shows the copy that the worker
-- itself has just taken away, and it stays missing until the pass of everything, 300 s apart. With
-- pushes the view is stale for a second or two; without them, for up to 10 s. The cluster at home loses nothing.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 10, down = s(3) },
  topology = function(p)
    return bridged.pair(p.rtt, { placement = "source", udp = false, services = { "shop" } })
  end,
  must_see = { "bridge.copied", "bridge.removed" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    local worst = watch(function() return not west:all_know(shops) end)
    step "a rolling restart, each down for a few seconds"
    for _, shop in ipairs(shops) do
      shop:deregister { service = "shop" }
      wait(p.down)
      shop:register { service = "shop" }
      wait(s(12))
    end
    eventually(s(10), function() return east:all_know(shops) end, "at home all are back")
    wait(s(15))
    step "the pass of everything finds them"
    eventually(bridged.fallback + s(10), function() return west:all_know(shops) end, "all are copied again")
    local longest = s(0)
    for _, span in ipairs(worst:spans()) do
      if span.to - span.from > longest then longest = span.to - span.from end
    end
    measure("longest hole", longest)
    expect(longest > p.down + s(8), "each was copied again at once")
  end,
}
