-- Question 8 of README.md: the WAN is cut for ten minutes. Far entries of 2.x clients vanish when their lease is over, 180 to 185 s after
-- the last VERIFY that came through, and are back within 20 s of the heal. Near entries never move.
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(75), services = 5, each = 2, cut_for = minutes(10) },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "link.cut", "lease.expired", "link.heal" },
  story = function(w, p)
    local east, west, users = stretched.fleets(w, p)
    wait(between(s(20), s(26)))
    local function knows(site, fleet)
      for _, node in ipairs(w:site(site)) do if not node:knows(fleet) then return false end end
      return true
    end
    local near = always(function() return knows("east", east) and knows("west", west) end, "a region lost its own")
    step "the WAN is cut"
    w:cut("east", "west")
    local took = within(bounds.lease_earliest - s(1), bounds.lease, function()
      for _, node in ipairs(w:site "east") do if node:knows { west } or node:count() > p.services * p.each then return false end end
      return true
    end, "the far entries are gone")
    measure("far entries gone after", took)
    wait(p.cut_for - took)
    expect(w:metrics { site = "east" }.writes_failed == 0, "a write failed")
    step "it is back"
    w:heal()
    local back = within(s(0), s(20), function() return w:converged() end, "all agree")
    measure("all back after the heal in", back)
    near:stop()
  end,
}
