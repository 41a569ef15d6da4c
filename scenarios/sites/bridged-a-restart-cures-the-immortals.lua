-- Canonical scenarios 9 and 14 together: the same flaw is the cure of immortal copies. After the loss of the
-- source's region, restarting the workers beside the destination makes them forget; the first list fails,
-- counts as empty, and the dead are taken back.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 5 },
  topology = function(p) return bridged.pair(p.rtt, { placement = "destination", workers = 2, services = { "shop" } }) end,
  must_see = { "bridge.removed" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(20))
    w:cut("east", "west")
    for _, shop in ipairs(shops) do shop:kill() end
    w:crash { east:nodes() }
    wait(minutes(5))
    expect(west:all_know(shops), "the dead have gone by themselves")
    step "an operator restarts the workers, one after the other"
    w:restart "east>west/1"
    wait(s(20))
    w:restart "east>west/2"
    eventually(s(60), function() return west:none_knows(shops) end, "the dead are taken back")
  end,
}
