-- A document says that 1.x replicates ephemeral instances by Raft. In 1.4 a registration writes nothing to the log, asks no leader, and is pushed by Distro. Yet a server that knows of no leader refuses it: its status asks both protocols.
local raft = require "raft"

return scenario {
  topology = { nodes = 3, profile = "nacos-1.4", clients = "nacos-client-1", raft = true },
  must_see = { "node.crash" },
  story = function(w)
    local servers = { w:nodes() }
    local leader = raft.leader(w)
    local before = leader:raft().commit
    local shops = {}
    local began = now()
    for i = 1, 20 do
      shops[i] = w:client { name = "shop-" .. i, server = servers[(i - 1) % 3 + 1] }
      expect(shops[i]:register { service = "shop" }, "a registration")
    end
    eventually(s(10), function() return w:all_know(shops) end, "listed everywhere")
    measure("listed after", now() - began)
    measure("log entries", leader:raft().commit - before)
    measure("writes sent to a leader", w:traffic { op = "WRITE" }.messages)
    measure("pushes", w:traffic { op = "DATUM" }.messages)
    expect(leader:raft().commit == before and w:traffic { op = "WRITE" }.messages == 0, "Raft had a part in it")
    step "two of three crash: no leader"
    local left = raft.followers(w)[1]
    local down = {}
    for _, n in ipairs(servers) do
      if n ~= left then down[#down + 1] = n end
    end
    w:crash(down)
    wait(s(15))
    expect(left:raft().leader == nil, "one of three has a leader")
    -- ServerStatusManager asks DelegateConsistencyServiceImpl#isAvailable, and that PersistentServiceProcessor for a leader.
    local late = w:client { name = "late", server = left }
    expect(not late:register { service = "shop" }, "a registration without a leader")
  end,
}
