-- Canonical scenario 16, bridged: nacos-sync asks its database for the source's level in every pass. While that
-- is down, copies live on, since beats need no database; but every event is lost. What changed meanwhile
-- is noticed with the next pass of everything, up to 300 s after the database is back.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), down_for = minutes(5) },
  topology = function(p) return bridged.pair(p.rtt, { workers = 2, services = { "shop" } }) end,
  must_see = { "bridge.copied", "bridge.removed" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", 3)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(20))
    step "the database is down"
    w:bridge_database("east>west", "down")
    local kept = { shops[2], shops[3] }
    local away = watch(function() return not west:all_know(kept) end)
    local late = east:client { name = "late", server = "n1" }
    wait(s(10))
    late:register { service = "shop" }
    shops[1]:deregister { service = "shop" }
    wait(p.down_for - s(10))
    expect(west:none_knows(late), "a registration was copied")
    expect(west:all_know(shops[1]), "a deregistration was carried out")
    expect(away:first() == nil, "a copy was lost although beats go on")
    expect(w:bridge_state "east>west/1".failures > 0, "no pass failed")
    step "it is back"
    w:bridge_database("east>west", "up")
    measure("recovered after", within(s(0), bridged.fallback + s(5), function()
      return west:all_know(late) and west:none_knows(shops[1])
    end, "the pass of everything has caught up"))
  end,
}
