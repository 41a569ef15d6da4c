-- Canonical scenario 11, bridged with an ALL task: 1 % loss and stalls of 3 s cost a bridge nothing but time. The
-- page predicts failing lists of services and a mass flap; but a list fails only when three servers have
-- been silent for a connect time-out each, 9 s in a row, or one request for the read time-out of 50 s, and
-- retransmissions and stalls of 3 s are far from either. (Scenario 15 shows what 75 s do.)
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(220), services = 20, stalls = 20 },
  topology = function(p)
    local topology = bridged.pair(p.rtt, { placement = "destination" })
    topology.wan.loss = percent(1)
    return topology
  end,
  must_see = { "message.lost", "link.clog", "bridge.copied" },
  always   = { checks.bridge_clean {} },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = {}
    for i = 1, p.services do
      for _, shop in ipairs(bridged.open(w, "shop-" .. i, 1)) do shops[#shops + 1] = shop end
    end
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    local holes = watch(function() return not west:all_know(shops) end)
    step "the WAN stalls again and again"
    for _ = 1, p.stalls do
      w:clog("east", "west", s(3))
      wait(between(s(4), s(20)))
    end
    wait(s(30))
    expect(holes:first() == nil, "a copy was away")
    expect(w:bridge_state "east>west/1".removed == 0, "the worker took copies back")
  end,
}
