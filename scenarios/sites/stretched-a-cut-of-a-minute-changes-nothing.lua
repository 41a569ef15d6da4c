-- Question 7 of README.md: the WAN is cut for a minute. Every server goes on listing everybody (the far entries are stale and
-- kept: their lease is 180 s), takes writes, and soon after the heal all agree. Consumers list what they cannot reach; that is not a
-- zombie. 2.x clients only: stretched-a-cut-takes-1-x-clients-off-their-own-side tells of the others.
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), services = 10, each = 2, cut_for = s(60), churn = per_second(1) },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "link.cut", "sync.failed", "link.heal" },
  always   = { checks.no_lost_instances { heal = s(40) }, checks.no_empty_service {} },
  story = function(w, p)
    local east, west, users = stretched.fleets(w, p)
    wait(between(s(20), s(26)))
    local start = { east = w:metrics { site = "east" }, west = w:metrics { site = "west" } }
    step "the WAN is cut; the writes go on"
    w:cut("east", "west")
    east:churn { register = p.churn, for_ = p.cut_for }
    west:churn { register = p.churn, for_ = p.cut_for }
    wait(p.cut_for)
    for site, was in pairs(start) do
      local is = w:metrics { site = site }
      expect(is.writes_failed == was.writes_failed, "a write failed in " .. site)
      expect(is.flaps == 0 and is.false_empty == was.false_empty, "entries went in " .. site)
      expect(is.unreachable - was.unreachable > s(0), "nothing unreachable is listed")
      measure("unreachable entries' time in caches of " .. site, is.unreachable)
    end
    step "it is back"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 6, p.rtt) + bounds.repair(p.rtt), function() return stretched.settled(w) end, "everything has come across")
    measure("right everywhere after the heal", now() - healed)
    wait(s(5))
    for site in pairs(start) do expect(w:metrics { site = site }.flaps == 0, "an entry flapped in " .. site) end
  end,
}
