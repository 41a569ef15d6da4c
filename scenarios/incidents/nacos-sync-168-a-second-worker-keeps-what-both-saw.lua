-- nacos-sync#168: two workers, one stops: nothing changes at the destination, as far as both beat. Both register
-- what they see appear, before their lists of the destination show the other's copy.
-- That holds for events alone. What a worker finds copied (it started later, or its poll came after the
-- other's registration) it does not beat for: see sites/bridged-copies-of-a-single-worker-die-with-it.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 5 },
  topology = function(p) return bridged.pair(p.rtt, { workers = 2, services = { "shop" } }) end,
  must_see = { "bridge.stopped" },

  story = function(w, p)
    local west = w:cluster "west"
    bridged.open(w, "shop", 1)
    wait(s(75))
    step "more shops open, until some have two beaters"
    local both = {}
    local function beating(worker) return w:bridge_state(worker).beating end
    for i = 1, 40 do
      local first, second = beating "east>west/1", beating "east>west/2"
      local shop = w:cluster "east":client { name = "late-" .. i, server = one_of { w:cluster "east":nodes() } }
      wait(s(1))
      shop:register { service = "shop" }
      wait(s(5))
      if beating "east>west/1" > first and beating "east>west/2" > second then both[#both + 1] = shop end
      if #both == p.shops then break end
    end
    expect(#both > 0, "no copy has two beaters")
    measure("beaten by both", #both)
    local away = watch(function() return not west:all_know(both) end)
    step "one worker stops"
    w:stop "east>west/1"
    wait(s(60))
    expect(away:first() == nil, "a copy that both beat for was away")
  end,
}
