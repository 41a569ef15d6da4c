-- Canonical scenario 7, bridged from the source: a cut of a minute between the regions stops the worker's
-- beats, and its copies are deleted 30 s after the last one. Each comes back with its first beat after
-- the heal: that is answered "unknown" and the worker registers it again.
-- The page says 5 s. A beat that started into the cut is blocked for a connect time-out (3 s) at each of
-- three servers first, and beats wait for one of a few threads: 5 s + 9 s is the bound for few instances.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), cut_for = s(60), shops = 5 },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source", services = { "shop" } }) end,
  must_see = { "link.cut", "beat.expired", "bridge.copied" },
  always   = { checks.bridge_clean {} },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(between(s(20), s(30)))
    step "the WAN is cut"
    w:cut("east", "west")
    measure("gone after", within(bridged.expiry.from, bridged.expiry.to + s(2), function()
      return west:none_knows(shops)
    end, "the copies have expired"))
    wait(p.cut_for - s(40))
    expect(east:all_know(shops), "at home nothing has changed")
    step "it heals"
    w:heal()
    measure("back after", within(s(0), s(14) + s(1.2) + p.rtt * 2, function() return west:all_know(shops) end,
                                 "the copies are back"))
  end,
}
