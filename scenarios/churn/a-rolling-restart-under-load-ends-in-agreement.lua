-- A rolling restart under steady churn loses no living instance on the nodes that run, and ends in
-- agreement.
-- What closes in the second before its server restarts is not told (the DELETE was queued in memory only):
-- its replicas, and those that a restarted node loads with a fresh lease, last 185 s. So agreement may take
-- one lease from the last load; presence does not.
local bounds = require "bounds"

return scenario {
  params   = { nodes = 3, clients = 150, start = s(10), register = per_second(3), close = per_second(3) },
  topology = function(p)
    return { nodes = p.nodes, lan = { rtt = between(us(300), ms(5)) }, settings = { ["distrosim.startTime"] = p.start } }
  end,
  must_see = { "node.boot", "snapshot.loaded", "client.switched", "client.redo", "client.closed" },
  always   = { checks.no_lost_instances {}, checks.no_empty_service {}, checks.view_matches_store {} },

  story = function(w, p)
    step "a fleet of 150 registers, and comes and goes"
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = 15, over = s(5) }
    wait(s(10))
    fleet:churn { register = p.register, close = p.close, for_ = s(160) }

    step "the nodes restart, one after the other"
    for _, n in ipairs { w:nodes() } do
      wait(between(s(5), s(10)))
      w:restart(n)
      eventually(p.start + s(35), function() return n:state().initialised end, "it loads again")
    end
    local last_load = now()

    step "the churn ends; what was never told ends with its lease"
    wait_until(s(171))
    eventually(last_load + bounds.lease - now(), function() return w:converged() end, "all agree")
    measure("agreed after the last load", now() - last_load)
  end,
}
