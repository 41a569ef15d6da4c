-- Snapshots come every half hour; a server that starts has all that is in its snapshot, and the log after it.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, raft = true },
  must_see = { "raft.snapshot", "node.crash" },
  always = raft.safety,
  story = function(w)
    local servers = { w:nodes() }
    local services = { "db", "cache", "queue" }
    local clients = {}
    for i, service in ipairs(services) do
      clients[i] = w:client { name = service, server = servers[i] }
      expect(clients[i]:register { service = service, ephemeral = false }, service)
    end
    step "two snapshots later"
    for i = 1, 3 do
      wait(minutes(31))
      -- The snapshot's time comes with an entry that is applied.
      expect(clients[1]:update { metadata = { round = tostring(i) } }, "round " .. i)
    end
    step "all start again at once"
    w:crash(servers)
    wait(s(1))
    w:restart(servers)
    eventually(s(20), function() return raft.leader(w) and w:converged() end, "all is there")
    for i, service in ipairs(services) do
      for _, n in ipairs(servers) do
        expect(n:knows(clients[i]), n.name .. " lacks " .. service)
      end
    end
  end,
}
