-- One packet in a hundred lost between regions makes some changes slower, and drops no instance.
-- Calls travel on connections: what is lost is sent again after a round trip and 0.2 s, then twice that,
-- and so on. Of the changes, told to four far nodes each, 4 % meet one loss and 0.04 % two in a row, so one
-- loss on the longest link (0.43 s) bounds the p99. Three in a row there (3 s, one message in a million)
-- make a push time out; its retry follows within 3.1 s. No instance that was listed is dropped.
local bounds = require "bounds"

return scenario {
  params   = { clients = 120, churn_for = s(60), loss = percent(1), slowest = ms(229) },
  topology = function(p)
    return {
      sites    = { frankfurt = 2, dallas = 2, tokyo = 2 },
      rtt_from = rtt_table("ibm_regions", { frankfurt = "Frankfurt", dallas = "Dallas", tokyo = "Tokyo" }),
      wan      = { jitter = percent(10), loss = p.loss },
    }
  end,
  must_see = { "message.lost", "client.updated", "client.closed" },
  always   = function(p)
    local worst = bounds.push(p.slowest / 2) + s(3) + s(3.1) -- a push that timed out, and its retry
    return { checks.no_lost_instances { grace = worst, gap = s(0) }, checks.no_zombies { grace = worst },
             checks.view_matches_store {} }
  end,

  story = function(w, p)
    budget { ["convergence.p99"] = bounds.push(p.slowest / 2) + bounds.losses(1, p.slowest) }
    step "a fleet over three regions registers"
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = 10, spread = "zipf", over = s(5),
                            sites = { frankfurt = 1, dallas = 1, tokyo = 1 } }
    wait(s(10))

    step "it comes, goes and changes for a minute, while packets get lost"
    fleet:churn { register = per_second(2), close = per_second(2), update = per_second(10), for_ = p.churn_for }
    wait(p.churn_for)

    step "the churn ends"
    eventually(bounds.push(p.slowest / 2) + s(3) + s(3.1), function() return w:converged() end, "all agree")
    local failed = 0
    for _, n in ipairs { w:nodes() } do failed = failed + n:counters().sync_failed end
    measure("pushes that timed out", failed)
  end,
}
