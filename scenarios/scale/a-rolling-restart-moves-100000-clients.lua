-- A rolling restart of five servers under 100,000 clients loses no client while it lasts, and three in five of them
-- three minutes after it.
-- The clients of the server that goes down are reset, connect to the next of their list and register again within 3 s
-- (redo); their old replicas, whose leases are three minutes, bridge the gap. The server starts into a fleet whose snapshot
-- no message can hold (10 MiB), so VERIFY brings it everything; the next one goes down `pause` later, when that is done.
-- But who has not loaded verifies nothing of its own (a-server-starts-into-470000-instances), so that its clients leave
-- all other lists a lease after they came, though they live, and servers that restart meanwhile do not even learn of them.
-- Some load all the same, by luck: a peer that has just restarted itself holds nothing yet, and an empty snapshot counts
-- (DistroLoadDataTask, every 30 s). So it is three in five with this `pause`, and two to four with others.
-- This is so against the order of the clients' lists (n5 first), when each restart sends its clients to one that has
-- restarted. In that order (--set against=false) each sends them to the next to restart, and all 100,000 end on one
-- server. Under the profile hardened all load, in pieces, and no client is lost.
local incident = require "incident"

return scenario {
  params = { servers = 5, clients = 100000, services = 6000, fill = s(60), pause = s(40), limit = mib(10), against = true },
  topology = function(p)
    return {
      nodes = p.servers, lan = { rtt = us(500) },
      settings = { ["nacos.remote.client.grpc.maxinbound.message.size"] = p.limit / bytes(1),
                   ["distrosim.startTime"] = s(10) },
    }
  end,
  must_see = function()
    local seen = { "node.crash", "client.switched", "client.redo", "snapshot.served" }
    if setting "distrosim.limitSnapshot" then seen[#seen + 1] = "snapshot.failed" end
    return seen
  end,

  story = function(w, p)
    local nodes, lease = { w:nodes() }, setting "nacos.naming.client.expired.time"
    w:fleet { name = "fleet", clients = p.clients, services = p.services, spread = "zipf", over = p.fill }
    wait(p.fill + s(1))
    eventually(incident.push(), function() return w:converged() end, "everybody known everywhere")
    -- The first that may be lost came with the second restart, a lease before.
    local restarted, in_time = {}, lease > p.pause * (#nodes - 1)
    local kept = always(function()
      for _, n in ipairs(nodes) do
        if in_time and not restarted[n.name] and n:count() < p.clients then return false end
      end
      return true
    end, "a server that has not restarted lists everybody")
    for i = 1, #nodes do
      local n = nodes[p.against and #nodes + 1 - i or i]
      step(n.name .. " restarts")
      restarted[n.name] = true
      w:restart(n)
      wait(p.pause)
      measure("listed by " .. n.name .. " before the next restarts", n:count())
    end
    kept:stop()

    step "a lease later"
    wait(lease + s(10))
    local owned, loaded, most = {}, 0, 0
    for i, n in ipairs(nodes) do
      local state = n:state()
      owned[i] = state.owned
      if state.initialised then loaded = loaded + state.owned end
      if state.owned > most then most = state.owned end
    end
    measure("clients at the server that has most", most)
    measure("gone from all lists but their own server's", p.clients - loaded)
    for i, n in ipairs(nodes) do
      local lists = n:state().initialised and loaded or loaded + owned[i]
      expect(n:count() == lists, n.name .. " lists " .. n:count() .. ", not " .. lists)
    end
    if not setting "distrosim.limitSnapshot" then
      expect(loaded == p.clients, "somebody is gone, though all have loaded")
    elseif p.against then
      expect(loaded < p.clients, "all have been kept")
    end
    if not p.against then expect(most == p.clients, "they are not all at one server") end
  end,
}
