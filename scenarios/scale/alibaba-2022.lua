-- A hundred servers hold Alibaba's 470,000 containers of 2022 and agree all the time, though 60 instances a second
-- come, go or change.
-- The size of the trace of 2022: 470,000 containers of 28,000 microservices (scenarios/data/README.md), one
-- instance each; service sizes fall off as 1/rank. The fleet is rolled out within `fill`; every registration is a
-- push to 99 peers, so that this alone is 93 million messages. Then `churn` for a minute, while every 5 s each
-- owner verifies what it owns with each peer: 46.5 million VERIFY.
-- No process fails here and the LAN loses nothing, so nothing may ever be missing, and what closes is gone with the
-- push of its DELETE.
local bounds = require "bounds"

return scenario {
  params = {
    servers = 100, clients = 470000, per_service = 16.8,
    fill = s(180), churn_for = s(60),
    register = per_second(20), close = per_second(20), update = per_second(20),
  },
  topology = function(p) return { nodes = p.servers, lan = { rtt = us(500) } } end,
  must_see = { "client.registered", "client.closed", "client.updated", "verify.ok", "sync.deleted" },
  always = {
    checks.no_lost_instances { grace = bounds.push(), gap = s(0) },
    checks.no_zombies { grace = bounds.push() },
    checks.no_native_expiry {},
    checks.verify_quiet {},
  },

  story = function(w, p)
    step "the containers are rolled out"
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = math.ceil(p.clients / p.per_service),
                            spread = "zipf", over = p.fill }
    wait(p.fill + s(1))
    eventually(bounds.push(), function() return w:converged() end, "everybody known everywhere")
    log(w:node("n1"):count(), "instances listed by each of", p.servers)

    step "they come, go and change"
    local before = w:traffic { op = "VERIFY" }
    fleet:churn { register = p.register, close = p.close, update = p.update, for_ = p.churn_for }
    wait(p.churn_for)
    local after = w:traffic { op = "VERIFY" }
    measure("VERIFY a second", (after.messages - before.messages) / (p.churn_for / s(1)))
    measure("bytes of VERIFY a second", (after.bytes - before.bytes) / (p.churn_for / s(1)))
    eventually(bounds.push(), function() return w:converged() end, "all of them agree")
  end,
}
