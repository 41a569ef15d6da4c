-- A persistent instance is listed everywhere a heartbeat after its commit, and stays when its client closes or dies: unhealthy, and in the truth.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "raft.commit", "client.killed", "client.closed" },
  always = raft.safety,
  story = function(w)
    local a, b, c = w:nodes()
    local new = w:client { name = "new", server = a }
    local old = w:client { name = "old", server = b, kind = "nacos-client-1" }
    local consumer = w:client { name = "consumer", server = c, subscribe = { "db" } }
    wait(s(1))
    for _, k in ipairs { new, old } do
      local from = now()
      expect(k:register { service = "db", ephemeral = false }, "a persistent registration")
      measure("committed after", now() - from)
      -- Those that do not lead learn with the next heartbeat, 500 ms, that it is committed.
      within(s(0), ms(520), function() return w:all_know(k) end, "listed everywhere")
    end
    eventually(s(1), function() return #consumer:sees "db" == 2 end, "pushed to a subscriber")
    step "one closes, one dies"
    new:close()
    old:kill()
    -- A reset is unhealthy at once, silence after three checks, each at most 7 s after the one before.
    eventually(s(25), function()
      local unhealthy = 0
      for _, instance in ipairs(consumer:sees "db") do
        unhealthy = unhealthy + (instance.healthy and 0 or 1)
      end
      return unhealthy == 2
    end, "the servers' own checks find both gone")
    expect(#w:truth "db" == 2 and w:converged(), "they are no longer in the truth")
    step "an operator takes one back"
    local operator = w:client { name = "operator", server = c }
    expect(operator:deregister { service = "db", ip = new.ip, ephemeral = false }, "taken back")
    eventually(s(1), function() return w:none_knows(new) and w:converged() end, "gone everywhere")
    expect(#w:truth "db" == 1, "the other stays")
  end,
}
