-- Question 12 of README.md: the WAN is down for 20 s and up for 20 s, fifteen times. No entry of a living client leaves any list: a
-- VERIFY comes through in most of the upper halves, so the lease of 180 s is never over.
-- A connection is up again within the back-off (5 s at most) of the link, so that each upper half has a round of VERIFY or two.
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), services = 5, each = 2, down = s(20), up = s(20), times = 15 },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "link.cut", "link.heal", "rpc.lost", "rpc.connected" },
  always   = { checks.no_lost_instances { gap = s(0), heal = s(60) } },
  story = function(w, p)
    local east, west, users = stretched.fleets(w, p)
    wait(between(s(20), s(26)))
    w:flap("east", "west", { down = p.down, up = p.up, times = p.times })
    wait((p.down + p.up) * p.times + s(40))
    for _, site in ipairs { "east", "west" } do
      expect(w:metrics { site = site }.flaps == 0, "an entry flapped in " .. site)
      expect(w:metrics { site = site }.writes_failed == 0, "a write failed in " .. site)
    end
    expect(stretched.settled(w), "not settled in the end")
  end,
}
