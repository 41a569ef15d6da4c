-- How many copies a worker keeps alive: a beat holds one of cores / 2 threads until it is
-- answered, so a round through all instances takes I R / threads. Beyond 15 s copies turn unhealthy
-- although everything is well: the most is 15 s x threads / R. That is 2 000 instances for a worker of 8
-- cores at the source and 30 ms, so the page's baseline of 5 000 needs one of 20 cores, or one beside
-- the destination.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(75), cores = 4, part = 0.9 },
  topology = function(p)
    return bridged.pair(p.rtt, { placement = "source", cores = p.cores, services = { "shop" } })
  end,
  must_see = { "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local most = math.floor(s(15) * (p.cores / 2) / p.rtt)
    local function sick()
      return bridged.healthy(west:node "n1", "shop") < #west:node "n1":instances "shop"
    end
    local function open(name, count)
      local batch = east:client { name = name, server = "n1" }
      local list = {}
      for i = 1, count do list[i] = { ip = "10.200." .. #name .. "." .. i, port = 8080 } end
      wait(s(1))
      batch:register_batch { service = "shop", instances = list }
      eventually(s(30) + p.rtt * count * 2, function() return west:all_know(batch) end, name .. " is copied")
    end
    step "as many as it can keep"
    for i = 1, 4 do open(("x"):rep(i), math.floor(most * p.part / 4)) end
    wait(minutes(1))
    local first = watch(sick)
    wait(minutes(2))
    measure("instances", w:bridge_state "east>west/1".beating)
    expect(first:first() == nil, "a copy turned unhealthy")
    first:stop()
    step "half as many again"
    for i = 5, 6 do open(("x"):rep(i), math.floor(most * p.part / 4)) end
    wait(minutes(3))
    measure("late beats", w:bridge_state "east>west/1".beats_late)
    eventually(s(40), sick, "copies turn unhealthy")
  end,
}
