-- Under steady churn on a healthy network every acknowledged change is everywhere within 1.2 s, and when it
-- ends all agree.
-- Sync delay 1 s + scan 0.1 s + transfer 0.1 s; a change that merges with a pending one leaves with it,
-- earlier. Those who die silently take 35 s (idle 20 s, ejector 8 s, probe 5 s, push), so agreement comes
-- that long after the churn. Pending tasks: the fleet arrives at 60 clients a second, told to 2 peers, each
-- task waiting 1.1 s at most: 132 in the whole cluster. A VERIFY fails by right if its client changed in
-- the second before: 4 % of them, nine in a row never.
local bounds = require "bounds"

return scenario {
  params   = { nodes = 3, clients = 300, churn_for = s(60),
               register = per_second(5), deregister = per_second(1), close = per_second(4), kill = per_second(0.5),
               update = per_second(10) },
  topology = function(p) return { nodes = p.nodes, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "client.registered", "client.updated", "client.deregistered", "client.closed", "client.killed",
               "client.ejected" },
  always   = { checks.no_lost_instances { grace = bounds.push(), gap = s(0) },
               checks.no_zombies { grace = bounds.silent_death }, checks.view_matches_store {},
               checks.verify_quiet { failures = 8 }, checks.no_native_expiry {}, checks.bounded_queue { pending = 132 } },
  budget   = { ["convergence.p99"] = bounds.push(), ["convergence.max"] = bounds.push() },

  story = function(w, p)
    step "a fleet of 300 over 18 services, 16.8 instances each as in the Alibaba trace of 2022"
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = 18, spread = "zipf", over = s(5) }
    wait(s(10))

    step "it comes, goes, changes and dies for a minute"
    fleet:churn { register = p.register, deregister = p.deregister, close = p.close, kill = p.kill,
                  update = p.update, for_ = p.churn_for }
    wait(p.churn_for)

    step "the churn ends"
    eventually(bounds.silent_death, function() return w:converged() end, "all agree")
  end,
}
