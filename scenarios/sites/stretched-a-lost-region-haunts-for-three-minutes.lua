-- Question 9 of README.md: region east loses power, servers and applications alike. In the west its 2.x clients stay listed, healthy and
-- dead, until their lease is over: 180 to 185 s after the last VERIFY. Its 1.x clients go earlier: once the eastern servers are DOWN, western ones
-- own them and expire them by their beats.
-- FINDING: the page gives 30 to 50 s for 1.x clients. It is 55 to 80 s when the region falls silent at once: the connections to its servers need a failed
-- health check each before a failure counts, four failures make a server DOWN, and only then do others look at its clients' beats.
-- The lease is what keeps a cut of a minute harmless (scenario 7): the same three minutes, paid here.
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), services = 5, each = 2, old = 10 },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "node.crash", "lease.expired" },
  story = function(w, p)
    local east, west, users = stretched.fleets(w, p)
    local old = w:fleet { name = "old", server = "east", kind = "nacos-client-1", clients = p.old, services = 2 }
    wait(between(s(30), s(36)))
    step "the power goes off in the east"
    w:blackhole "east"
    east:kill(p.services * p.each)
    old:kill(p.old)
    for _, node in ipairs(w:site "east") do w:crash(node) end
    local lost = now()
    local took_old = within(s(15), minutes(2), function()
      for _, node in ipairs(w:site "west") do
        if #node:instances "old.svc-1" + #node:instances "old.svc-2" > 0 then return false end
      end
      return true
    end, "1.x clients are gone")
    measure("1.x: gone after", took_old)
    local since = now() - lost
    within(bounds.lease_earliest - s(1) - since, bounds.lease - since, function() return w:metrics { site = "west" }.zombies_left == 0 end, "the last zombie is gone")
    measure("2.x: the last zombie gone after", now() - lost)
    measure("the dead listed in western caches", w:metrics { site = "west" }.listed_dead)
    wait(s(5))
    expect(w:converged(), "the west lists something else than what lives")
  end,
}
