-- Thirty servers in five regions, over measured distances, agree on 10,000 clients that come and go.
-- Each delay is drawn by itself (P50 and P95 of Azure's probes), so that pushes overtake each other; an
-- update that does is mended by the next VERIFY (bounds.repair).
local bounds = require "bounds"

return scenario {
  params = { servers = 6, clients = 10000, services = 600, fill = s(30), churn_for = s(30), rate = per_second(5) },
  topology = function(p)
    local regions = { asia = "East Asia", europe = "Germany West Central", america = "East US",
                      south = "Brazil South", oceania = "Australia East" }
    local sites = {}
    for name in pairs(regions) do sites[name] = p.servers end
    return { sites = sites, lan = { rtt = us(500) }, rtt_from = rtt_table("azure_p50", regions),
             wan = { jitter = rtt_spread "azure_p95" } }
  end,
  must_see = { "client.registered", "client.closed", "client.updated", "sync.deleted" },
  always = {
    checks.no_lost_instances { grace = bounds.push(ms(400)), gap = s(0) },
    checks.no_zombies { grace = bounds.push(ms(400)) },
    checks.staleness { p99 = bounds.push(ms(400)) },
    checks.no_native_expiry {},
  },
  story = function(w, p)
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = p.services, spread = "zipf",
                            sites = { asia = 1, europe = 1, america = 1, south = 1, oceania = 1 }, over = p.fill }
    wait(p.fill + s(1))
    eventually(bounds.push(ms(400)), function() return w:converged() end, "everybody known everywhere")
    step "churn"
    fleet:churn { register = p.rate, close = p.rate, update = p.rate, for_ = p.churn_for }
    wait(p.churn_for)
    eventually(bounds.push(ms(400)) + bounds.repair(ms(400)), function() return w:converged() end, "all agree")
  end,
}
