-- Canonical scenario 8, bridged from the source: ten minutes without the WAN cost a bridge what a minute costs.
-- The copies are gone after 25 to 35 s, and the beats, which never cease, bring them back within a few
-- seconds of the heal (a stretched cluster would have kept them for three minutes).
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(75), cut_for = minutes(10), shops = 5 },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source", services = { "shop" } }) end,
  must_see = { "link.cut", "beat.expired", "bridge.copied" },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(20))
    step "ten minutes without the WAN"
    w:cut("east", "west")
    within(bridged.expiry.from, bridged.expiry.to + s(2), function() return west:none_knows(shops) end,
           "the copies have expired")
    wait(p.cut_for - s(40))
    local still_beating = w:bridge_state "east>west/1".beating
    expect(still_beating == p.shops, "the worker has stopped beating")
    w:heal()
    measure("back after", within(s(0), s(14) + s(1.2) + p.rtt * 2, function() return west:all_know(shops) end,
                                 "the copies are back"))
  end,
}
