-- Canonical scenario 12, bridged from the source: while the WAN is up and down for 20 s each, the beats come too
-- late again and again. The copies turn unhealthy after 15 s without one, and some are deleted: 20 s of
-- cut, and the beat that was caught in it has to run through three connect time-outs before the next. A
-- pass that meets an unhealthy copy takes it back, by the trap of the key, and leaves a hole until the next.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 10, flaps = 15 },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source", services = { "shop" } }) end,
  must_see = { "link.cut", "beat.late", "beat.recovered" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(20))
    local sick = watch(function() return bridged.healthy(west:node "n1", "shop") < p.shops end)
    local away = watch(function() return not west:all_know(shops) end)
    step "up and down"
    w:flap("east", "west", { down = s(20), up = s(20), times = p.flaps })
    wait(s(40) * p.flaps)
    local total, deadline = s(0), now()
    for _, span in ipairs(sick:spans()) do total = total + ((span.to or deadline) - span.from) end
    measure("some unhealthy or away for", total)
    measure("times away", #away:spans())
    expect(total >= s(4) * p.flaps, "the copies stayed healthy through most cuts")
    expect(east:all_know(shops), "at home something is missing")
    step "it stays up"
    eventually(bridged.fallback + s(15), function() return bridged.healthy(west:node "n1", "shop") == p.shops end,
               "all copies are back, and healthy")
  end,
}
