-- One cluster over Frankfurt, Dallas and Tokyo converges as fast as on a LAN, plus one way over the slowest
-- link.
-- Sync delay 1 s + scan 0.1 s + one way + transfer 0.1 s. Pushes go to every peer directly and in parallel,
-- so the distance is paid once, not per peer and not per round: 229 ms between Frankfurt and Tokyo make
-- 0.115 s.
local bounds = require "bounds"

-- A VERIFY fails by right if its client changed in the second before: 4 % of them, nine in a row never.
return scenario {
  params   = { clients = 300, churn_for = s(60), slowest = ms(229) },
  topology = {
    sites    = { frankfurt = 2, dallas = 2, tokyo = 2 },
    rtt_from = rtt_table("ibm_regions", { frankfurt = "Frankfurt", dallas = "Dallas", tokyo = "Tokyo" }),
    wan      = { jitter = percent(5) },
  },
  must_see = { "client.registered", "client.updated", "client.closed", "verify.ok" },
  always   = { checks.no_lost_instances { grace = s(2), gap = s(0) }, checks.no_zombies { grace = s(2) },
               checks.verify_quiet { failures = 8 }, checks.view_matches_store {} },

  story = function(w, p)
    budget { ["convergence.p99"] = bounds.push(p.slowest / 2) }
    step "a fleet over three regions registers with servers of its own region"
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = 18, spread = "zipf", over = s(5),
                            sites = { frankfurt = 1, dallas = 1, tokyo = 1 } }
    wait(s(10))

    step "it comes, goes and changes for a minute"
    fleet:churn { register = per_second(4), close = per_second(4), update = per_second(10), for_ = p.churn_for }
    wait(p.churn_for)

    step "the churn ends"
    local ended = now()
    eventually(s(1) + bounds.push(p.slowest / 2), function() return w:converged() end, "all agree")
    measure("agreed after the churn", now() - ended)
    measure("bytes between regions, per client and minute", w:traffic {}.bytes / p.clients / (now() / minutes(1)))
  end,
}
