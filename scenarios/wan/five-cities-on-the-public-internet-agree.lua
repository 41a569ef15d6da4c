-- Five cities, one server each, on the public Internet of 2018 (412 ms round trip at worst, lopsided,
-- lossy) make a cluster that works.
-- Distro has no quorum and no round: a slow path delays news to its own end only. Sync delay 1 s + scan 0.1
-- s + one way 0.206 s + transfer 0.1 s, and 1.8 s where a message is lost twice in a row (a round trip and
-- 0.2 s, then twice that).
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { loss = ratio(1, 200), slowest = ms(412) },
  topology = function(p)
    return {
      sites    = { shanghai = 1, shenzhen = 1, singapore = 1, tokyo = 1, frankfurt = 1 },
      rtt_from = rtt_table("asia_cities", { shanghai = "Shanghai", shenzhen = "Shenzhen", singapore = "Singapore",
                                            tokyo = "Tokyo", frankfurt = "Frankfurt" }),
      wan      = { jitter = percent(10), loss = p.loss },
    }
  end,
  must_see = { "client.registered", "sync.applied", "verify.ok" },
  always   = { checks.no_lost_instances { grace = s(8), gap = s(0) }, checks.no_zombies { grace = s(8) },
               checks.view_matches_store {} },

  story = function(w, p)
    local everywhere = { w:nodes() }
    local soon = bounds.push(p.slowest / 2) + bounds.losses(2, p.slowest)
    wait(between(s(0), s(6)))
    step "forty shops open in the five cities"
    local open = shops.open(w, { count = 40, name = "shop", service = "shop", servers = everywhere })
    local opened = now()
    eventually(soon, function() return w:all_know(open) end, "all shops known everywhere")
    measure("known everywhere after", now() - opened)

    step "half of them close"
    wait(between(s(10), s(20)))
    for i = 1, 20 do open[i]:close() end
    eventually(soon, function() return w:converged() end, "all agree")

    step "a quiet minute follows, in which nobody suspects anybody"
    wait(minutes(1))
    for _, n in ipairs(everywhere) do
      for name, state in pairs(n:state().members) do
        expect(state == "UP", n.name .. " holds " .. name .. " for " .. state)
      end
    end
    expect(w:converged(), "the nodes drifted apart in quiet")
  end,
}
