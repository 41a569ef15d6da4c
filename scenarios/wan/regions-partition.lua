-- Nine servers in three regions, 3,000 clients that come and go; one region is cut off for a minute and
-- healed.
-- While cut, each side serves its own clients and shows the other side's as they were. No living client is
-- ever dropped (the lease of 180 s outlasts the cut); what opened meanwhile is listed everywhere soon after
-- the heal: reconnect, report, retry (lib/bounds.lua).
--
-- What *closed* meanwhile is gone just as soon, with one exception, so that agreement is promised only
-- within a lease of the heal: if a CHANGE is in flight when its client closes, its time-out comes after the
-- DELETE was queued, and the retry takes the DELETE's place. When due it finds no client and sends nothing.
-- The far side lists the dead until the lease ends (PROTOCOL.md 9.6, first case). The lease may start
-- anew with the heal: a VERIFY sent into the cut is still in the connection's buffers, is retransmitted,
-- and one in eight is run although its sender gave it up; it renews the lease of who is long forgotten.
--
-- Distances: Azure, P50 of one-minute probes over 30 days (data/rtt/azure_p50.tsv), jitter from their P95.
-- Fleet: one instance per client, 16.8 instances per service as in Alibaba's trace of 2022 (470,000
-- containers of 28,000 microservices; scenarios/data/README.md), so 3,000 clients make some 180 services;
-- their sizes fall off as 1/rank, the long tail that the same trace shows. Metadata: 120 bytes per
-- instance.
local bounds = require "bounds"

local REGIONS = { "asia", "europe", "america" }

-- The nodes of every region but `name`.
local function nodes_outside(w, name)
  local outside = {}
  for _, region in ipairs(REGIONS) do
    if region ~= name then
      for _, n in ipairs(w:site(region)) do outside[#outside + 1] = n end
    end
  end
  return outside
end

return scenario {
  params = {
    asia = "East Asia", europe = "Germany West Central", america = "East US",
    servers = 3,                       -- per region
    clients = 3000, per_service = 16.8,
    register = per_second(6), deregister = per_second(1), close = per_second(4), kill = per_second(0.5),
    update = per_second(10),
    cut = "asia", cut_for = s(60),
    before = s(20), after = s(30),     -- churn before the cut and after the heal
    slowest = ms(250),                 -- a round trip between the two regions furthest apart, jitter included
  },

  topology = function(p)
    return {
      sites    = { asia = p.servers, europe = p.servers, america = p.servers },
      lan      = { rtt = us(500) },
      rtt_from = rtt_table("azure_p50", { asia = p.asia, europe = p.europe, america = p.america }),
      wan      = { jitter = rtt_spread "azure_p95" },
      settings = { ["distrosim.startTime"] = s(10) },
    }
  end,

  must_see = { "link.cut", "link.heal", "rpc.lost", "sync.failed", "sync.retried", "client.registered",
               "client.updated", "client.deregistered", "client.closed", "client.killed", "client.ejected" },

  always = function(p)
    local heal = bounds.after_heal(p.cut_for, 3 * p.servers, p.slowest)
    local news = bounds.push(p.slowest / 2)
    return {
      checks.no_lost_instances { grace = news, gap = s(0), heal = heal },
      checks.no_empty_service { heal = heal },
      checks.no_zombies { grace = p.cut_for + heal + bounds.lease, heal = heal },
      checks.no_native_expiry {},
      checks.view_matches_store {},
    }
  end,

  story = function(w, p)
    local heal_bound = bounds.after_heal(p.cut_for, 3 * p.servers, p.slowest)
    budget { ["convergence.p50"] = bounds.push(p.slowest / 2), ["convergence.p99"] = p.cut_for + heal_bound }

    step "three regions fill: every client registers with a server of its own region"
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = math.ceil(p.clients / p.per_service),
                            spread = "zipf",
                            sites = { asia = 1, europe = 1, america = 1 }, payload = bytes(120), over = s(20) }
    wait(s(21))
    eventually(bounds.push(p.slowest / 2), function() return w:converged() end, "everybody known everywhere")
    log(w:node("asia/n1"):count(), "instances listed by asia/n1")

    step "they come and go, change and die"
    fleet:churn { register = p.register, deregister = p.deregister, close = p.close, kill = p.kill,
                  update = p.update, for_ = p.before + p.cut_for + p.after }
    wait(p.before)
    local quiet_bytes = w:traffic {}.bytes

    step("the WAN loses " .. p.cut)
    local inside, outside = w:site(p.cut), nodes_outside(w, p.cut)
    local here, there = inside[1], outside[1]
    w:partition(inside, outside)
    wait(p.cut_for)
    expect(not w:agree(), "two views are expected while the cut lasts")
    log(here.name, "lists", here:count(), "and", there.name, "lists", there:count())
    measure("tasks that wait for the heal", here:state().pending)
    measure("bytes sent during the cut", w:traffic {}.bytes - quiet_bytes)

    step "the WAN is back, the churn goes on"
    w:heal()
    local healed = now()
    wait(p.after)

    step "the churn ends, and all nine agree on who is there"
    eventually(healed + heal_bound + bounds.lease - now(), function() return w:converged() end, "all nine agree")
    measure("right everywhere after the heal", now() - healed)
    measure("tasks left", here:state().pending)
  end,
}
