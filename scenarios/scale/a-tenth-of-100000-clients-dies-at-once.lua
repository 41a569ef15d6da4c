-- A tenth of 100,000 clients dies silently in one instant, and within the time of a single death all are gone
-- everywhere.
-- Idle 20 s, the next look of the ejector (3 s), its probe (5 s): all of an owner's dead are probed together, so
-- many take no longer than one; then their DELETEs go out together (bounds.silent_death).
local bounds = require "bounds"

return scenario {
  params = { servers = 5, clients = 100000, services = 6000, fill = s(60), dead = 10000 },
  topology = function(p) return { nodes = p.servers, lan = { rtt = us(500) } } end,
  must_see = { "client.killed", "client.ejected", "sync.deleted" },
  always = {
    checks.no_zombies { grace = bounds.silent_death },
    checks.no_lost_instances { grace = bounds.push(), gap = s(0) },
    checks.no_native_expiry {},
  },
  story = function(w, p)
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = p.services, spread = "zipf", over = p.fill }
    wait(p.fill + s(1))
    eventually(bounds.push(), function() return w:converged() end, "everybody known everywhere")
    wait(between(s(0), s(6)))
    step "a tenth dies"
    fleet:kill(p.dead)
    local died = now()
    eventually(bounds.silent_death, function() return w:converged() end, "the dead are gone everywhere")
    measure("gone after", now() - died)
  end,
}
