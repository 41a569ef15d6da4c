-- A rolling restart of five servers under 100,000 clients loses nobody for longer than the redo and a push.
-- The clients of the server that goes down are reset, connect to the others and register again within 3 s (redo). It
-- starts into a fleet whose snapshot no message can hold (10 MiB), so VERIFY brings it everything; the next server
-- goes down `pause` later, when that is done.
local bounds = require "bounds"

return scenario {
  params = { servers = 5, clients = 100000, services = 6000, fill = s(60), pause = s(40), limit = mib(10) },
  topology = function(p)
    return {
      nodes = p.servers, lan = { rtt = us(500) },
      settings = { ["nacos.remote.client.grpc.maxinbound.message.size"] = p.limit / bytes(1) },
    }
  end,
  must_see = { "node.crash", "client.switched", "client.redo", "snapshot.failed", "verify.repair" },
  story = function(w, p)
    w:fleet { name = "fleet", clients = p.clients, services = p.services, spread = "zipf", over = p.fill }
    wait(p.fill + s(1))
    eventually(bounds.push(), function() return w:converged() end, "everybody known everywhere")
    for _, n in ipairs { w:nodes() } do
      step(n.name .. " restarts")
      w:restart(n)
      local restarted = now()
      -- Reconnected and registered again, pushed; and what the restarted one missed, by two rounds of VERIFY.
      eventually(bounds.redo + bounds.push() + bounds.repair(us(500)) * 2 + s(10), function()
        return n:count() > p.clients * 0.99
      end, "it lists nearly everybody again")
      measure(n.name .. " lists 99 % after", now() - restarted)
      wait(p.pause)
    end
    -- A client that was reset is a new one; its old self stays on the others until its lease ends.
    eventually(bounds.lease, function() return w:converged() end, "the old selves are gone")
  end,
}
