-- A worker beside the destination that cannot reach the source keeps its list of it, and beats for what is on it.
-- So instances that die during the cut stay healthy at the destination for all of it, and
-- after the heal until the next poll, which backs off to a minute.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), cut_for = minutes(10) },
  topology = function(p) return bridged.pair(p.rtt, { placement = "destination", services = { "shop" } }) end,
  must_see = { "link.cut", "client.deregistered", "bridge.removed" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", 4)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(20))
    step "the WAN is cut, and half of the shops close"
    w:cut("east", "west")
    wait(s(60))
    shops[1]:deregister { service = "shop" }
    shops[2]:deregister { service = "shop" }
    local changed = watch(function() return bridged.healthy(west:node "n1", "shop") < 4 end)
    wait(p.cut_for - s(60))
    expect(changed:first() == nil, "the destination has noticed")
    step "it heals"
    w:heal()
    local closed = { shops[1], shops[2] }
    measure("noticed after", within(s(0), s(60) + s(9) + s(3), function() return west:none_knows(closed) end,
                                    "they are gone"))
    expect(west:all_know { shops[3], shops[4] }, "others went with them")
  end,
}
