-- Canonical scenario 1, bridged without UDP across the WAN: a worker at the destination polls the source, every
-- 10 s while it lists instances, and up to a minute apart while it does not. So the first instance of a
-- service needs up to 63 s to cross and a later one up to 13.5 s.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), idle = minutes(4) },
  topology = function(p) return bridged.pair(p.rtt, { udp = false, services = { "shop" } }) end,
  must_see = { "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    step "the service has been empty for minutes"
    wait(p.idle + between(s(0), s(60)))
    local first = east:client { name = "first", server = "n1" }
    wait(s(1))
    first:register { service = "shop" }
    measure("first", within(s(1), s(63) + p.rtt, function() return west:all_know(first) end,
                            "the first instance has crossed"))

    step "a second one joins it"
    wait(between(s(20), s(40)))
    local second = east:client { name = "second", server = "n2" }
    wait(s(1))
    second:register { service = "shop" }
    measure("second", within(s(1), s(13.5) + p.rtt, function() return west:all_know(second) end,
                             "the second instance has crossed"))
  end,
}
