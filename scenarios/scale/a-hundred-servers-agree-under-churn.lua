-- A hundred servers with 20,000 clients that come, go and change at 200 a second agree within a push.
-- Nothing fails: only fan-out is large. Each operation is 99 pushes; each is on time, whatever else goes on.
local bounds = require "bounds"

return scenario {
  params = { servers = 100, clients = 20000, services = 1200, fill = s(20), churn_for = s(30), rate = per_second(50) },
  topology = function(p) return { nodes = p.servers, lan = { rtt = us(500) } } end,
  must_see = { "client.closed", "client.updated", "client.deregistered", "sync.deleted" },
  always = {
    checks.no_lost_instances { grace = bounds.push(), gap = s(0) },
    checks.no_zombies { grace = bounds.push() },
    checks.staleness { p99 = bounds.push() },
  },
  story = function(w, p)
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = p.services, spread = "zipf", over = p.fill }
    wait(p.fill + s(1))
    eventually(bounds.push(), function() return w:converged() end, "everybody known everywhere")
    step "churn"
    local before = w:traffic { op = "CHANGE" }.messages + w:traffic { op = "DELETE" }.messages
    fleet:churn { register = p.rate, close = p.rate, update = p.rate, deregister = p.rate, for_ = p.churn_for }
    wait(p.churn_for)
    eventually(bounds.push(), function() return w:converged() end, "all of them agree")
    local pushes = w:traffic { op = "CHANGE" }.messages + w:traffic { op = "DELETE" }.messages - before
    measure("pushes for an operation", pushes / (4 * (p.rate / per_second(1)) * (p.churn_for / s(1))))
  end,
}
