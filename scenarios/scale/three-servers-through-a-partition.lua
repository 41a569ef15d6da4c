-- Three servers with 300 clients that come and go lose one of them to a partition twice in five minutes, and agree
-- again each time.
-- The usual story, at its usual size: how many seeds of it a minute holds is measured by `distrosim bench`.
local bounds = require "bounds"

return scenario {
  params = { clients = 300, services = 20, cut_for = s(40), rate = per_second(0.5) },
  topology = { nodes = 3, lan = { rtt = us(500) } },
  must_see = { "link.cut", "link.heal", "sync.failed", "client.closed", "client.updated" },
  always = function(p)
    local heal = bounds.after_heal(p.cut_for, 3)
    return {
      checks.no_lost_instances { grace = bounds.push(), gap = s(0), heal = heal },
      checks.no_zombies { grace = p.cut_for + heal + bounds.lease, heal = heal },
      checks.no_native_expiry {},
    }
  end,
  story = function(w, p)
    local a, b, c = w:nodes()
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = p.services, over = s(10) }
    wait(s(11))
    eventually(bounds.push(), function() return w:converged() end, "everybody known everywhere")
    fleet:churn { register = p.rate, close = p.rate, update = p.rate, for_ = s(270) }
    for _ = 1, 2 do
      wait(between(s(10), s(20)))
      w:isolate(one_of { a, b, c })
      wait(p.cut_for)
      w:heal()
      wait(s(60))
    end
    wait_until(s(300))
  end,
}
