-- Canonical scenario 13, bridged by two workers, the second started ten minutes later: it found the copies
-- "already present" and has never beaten for them. When the first crashes they expire, within 35 s, and
-- stay away until the survivor's next pass: an event at the source, else up to 300 s.
-- What was registered while both ran is beaten for by both, as far as both saw it first, and survives.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 5 },
  topology = function(p) return bridged.pair(p.rtt, { workers = 2, services = { "shop" } }) end,
  must_see = { "bridge.stopped", "beat.expired", "bridge.copied" },

  story = function(w, p)
    local west = w:cluster "west"
    w:crash "east>west/2"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "the first worker has copied all")
    wait(minutes(10))
    step "a second worker joins"
    w:restart "east>west/2"
    wait(s(30))
    expect(w:bridge_state "east>west/2".subscribed == 1, "the second works")
    expect(w:bridge_state "east>west/2".beating == 0, "the second beats for what it found")
    step "the first crashes"
    w:crash "east>west/1"
    measure("gone after", within(bridged.expiry.from, bridged.expiry.to + s(2), function()
      return west:none_knows(shops)
    end, "the copies have expired"))
    step "the survivor's next pass"
    measure("away for", within(s(0), bridged.fallback, function() return west:all_know(shops) end,
                               "the survivor has registered them"))
    expect(w:bridge_state "east>west/2".beating == p.shops, "the survivor beats for them now")
  end,
}
