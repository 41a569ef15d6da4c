-- nacos-sync#177, #300: copies live by the beats of the bridge. With the only worker down for a minute the
-- destination serves nothing of the source's, although all of it is alive; a worker that starts finds
-- what there is, and registers it within its first scan.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 20, down_for = s(60) },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" } }) end,
  must_see = { "bridge.stopped", "beat.expired", "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    step "the bridge is down"
    w:crash "east>west/1"
    measure("served until", within(bridged.expiry.from, bridged.expiry.to + s(2), function()
      return west:none_knows(shops)
    end, "the west lists none"))
    wait(p.down_for - s(40))
    expect(east:all_know(shops), "the east has lost its own")
    step "it is up"
    w:restart "east>west/1"
    measure("back after", within(s(0), s(10), function() return west:all_know(shops) end, "all are copied again"))
  end,
}
