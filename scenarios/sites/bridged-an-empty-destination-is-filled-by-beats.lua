-- When all servers of the destination restart empty, the next beat of every copy is answered "unknown", and the
-- worker registers it from its own entry: all are back within 5 s of beats, while the
-- task itself notices nothing.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 30, down_for = s(10) },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source", services = { "shop" } }) end,
  must_see = { "node.crash", "bridge.copied" },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    step "all servers of the west go down and come back"
    w:crash { west:nodes() }
    wait(p.down_for)
    w:restart { west:nodes() }
    measure("filled after", within(s(0), s(5) + s(1.5), function() return west:all_know(shops) end,
                                   "all copies are back"))
    expect(w:bridge_state "east>west/1".again >= p.shops / 2, "the beats did not bring them")
  end,
}
