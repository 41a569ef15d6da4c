-- How long a worker needs for everything it finds when it starts: explicit tasks are synced
-- one after the other, each with a list of the source and one of the destination, and then a
-- registration per instance: S (R_src + R_dst) + I R_dst. Met within 5 %, beside either end.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(75), services = 20, per_service = 6, placement = "source" },
  topology = function(p)
    local services = {}
    for i = 1, p.services do services[i] = "fleet-" .. i end
    return bridged.pair(p.rtt, { placement = p.placement, db_latency = ms(0), services = services })
  end,
  must_see = { "bridge.stopped", "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    w:crash "east>west/1"
    for i = 1, p.services do
      local batch = east:client { name = "batch-" .. i, server = one_of { east:nodes() } }
      local list = {}
      for k = 1, p.per_service do list[k] = { ip = "10.200." .. i .. "." .. k, port = 8080 } end
      batch:register_batch { service = "fleet-" .. i, instances = list }
    end
    wait(s(10))
    step "the worker starts"
    local instances, lan = p.services * p.per_service, us(300)
    local far = { source = p.placement == "source" and lan or p.rtt, west = p.placement == "source" and p.rtt or lan }
    local law = (far.source + far.west) * p.services + far.west * instances
    w:restart "east>west/1"
    local start = now()
    eventually(law * 2, function() return w:bridge_state "east>west/1".copied == instances end, "everything is copied")
    local took = now() - start
    measure("took", took)
    measure("of the law", took / law)
    -- A destination node that is not responsible forwards the registration: half a millisecond more.
    expect(took >= law * 0.95 and took <= law * 1.05 + lan * instances, "the law is not met")
    expect(#west:node "n1":services() <= p.services)
  end,
}
