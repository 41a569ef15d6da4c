-- Canonical scenario 14, bridged from the destination: a worker that restarts while the source is unreachable
-- takes the failed first list for an empty service and takes back every copy, of instances that are alive
-- and that it had kept alive until then. (Another worker that beats for them too brings them back, within
-- 5 s.) With the switch off they expire instead, since no worker beats for them any more.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 5, cold_start_is_empty = true },
  topology = function(p)
    return bridged.pair(p.rtt, { placement = "destination", services = { "shop" },
                                 cold_start_is_empty = p.cold_start_is_empty })
  end,
  must_see = { "link.cut", "bridge.stopped" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    step "the source is cut off"
    w:cut("east", "west")
    wait(s(120))
    expect(bridged.healthy(west:node "n1", "shop") == p.shops, "the worker gave up its cached list")
    step "the worker restarts"
    w:restart "east>west/1"
    if p.cold_start_is_empty then
      measure("wiped after", within(s(0), s(15), function() return west:none_knows(shops) end, "the copies are wiped"))
    else
      wait(s(15))
      expect(west:all_know(shops), "the copies are wiped all the same")
    end
    wait(s(5)) -- or the worker still finds some in a list of the destination, and does not copy them
    step "the source is back"
    w:heal()
    measure("back after", within(s(0), s(75), function() return west:all_know(shops) end, "all are copied again"))
  end,
}
