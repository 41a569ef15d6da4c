-- Canonical scenario 2, bridged: the worker beside the source registers one instance after the other, each
-- waiting for its answer from the other region. So of n instances that come at once, the last crosses
-- n round trips later than the first; a stretched cluster would be slower by half of one.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(75), shops = 30 },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source", services = { "shop" } }) end,
  must_see = { "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    bridged.open(w, "shop", 1)
    wait(s(75))
    step "a deployment brings many at once"
    local crossing = w:intercept { from = "east>west/1", op = "REGISTER", nth = "all", action = "observe" }
    local batch = east:client { name = "batch", server = "n1" }
    wait(s(1))
    local instances = {}
    for i = 1, p.shops do instances[i] = { ip = "10.200.0." .. i, port = 8080 } end
    batch:register_batch { service = "shop", instances = instances }
    eventually(s(15) + p.rtt * p.shops * 2, function() return west:all_know(batch) end, "all have crossed")
    local sent = crossing:times()
    expect(#sent >= p.shops and #sent <= p.shops * 2, "each crossed once, or twice if another event came")
    local took = sent[p.shops] - sent[1]
    measure("first to last", took)
    measure("round trips", took / p.rtt)
    expect(took >= p.rtt * (p.shops - 1) and took <= p.rtt * p.shops * 1.05,
           "the registrations went one after the other, a round trip each")
  end,
}
