-- Canonical scenario 7, bridged, if pooled HTTP connections are used into the black hole: the request has been
-- sent then, and its answer is awaited for the read time-out, 50 s, instead of failing after the connect
-- time-out of 3 s. The page says 55 s after the heal. It is less: TCP still has the request, and sends
-- it again after the heal, at the latest when it has waited as long again as it had by then.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), cut_for = s(45), stall = s(50) },
  topology = function(p)
    return bridged.pair(p.rtt, { placement = "source", stall = p.stall, services = { "shop" } })
  end,
  must_see = { "link.cut", "beat.expired" },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = bridged.open(w, "shop", 2)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(between(s(30), s(40)))
    step "the WAN is cut while every connection is warm"
    w:cut("east", "west")
    wait(p.cut_for)
    expect(west:none_knows(shops), "the copies have expired")
    step "it heals"
    w:heal()
    local took = within(s(0), s(55), function() return west:all_know(shops) end, "the copies are back")
    measure("back after", took)
    expect(p.stall < s(50) or took > s(2), "nothing stalled")
  end,
}
