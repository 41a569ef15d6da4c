-- nacos-sync#224, #272, #278, #295: instances that left and came back were not copied again, because an "already
-- done" cache was not cleared; #243, #252, #254: a mass restart of 100 instances cost 10 000 registrations.
-- A hundred instances leave and return within a minute: within one pass of everything the destination
-- holds all of them, for a few registrations each. (Three at most were expected, and most seeds hold
-- to that; but while its view of the destination is stale, a worker registers again with every event
-- what has come since: 311 have been seen.)
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), shops = 100 },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" } }) end,
  must_see = { "bridge.copied", "bridge.removed" },

  story = function(w, p)
    local west = w:cluster "west"
    local shops = bridged.open(w, "shop", p.shops)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(s(30))
    local before = w:traffic { from = "east>west/1", op = "REGISTER" }.messages
    step "all leave and return within a minute"
    for _, shop in ipairs(shops) do
      spawn(function()
        wait(between(s(0), s(20)))
        shop:deregister { service = "shop" }
        wait(between(s(2), s(40)))
        shop:register { service = "shop" }
      end)
    end
    wait(s(61))
    measure("all back after", within(s(0), bridged.fallback + s(15), function() return west:all_know(shops) end,
                                     "all are copied again"))
    local sent = w:traffic { from = "east>west/1", op = "REGISTER" }.messages - before
    measure("registrations", sent)
    expect(sent <= 4 * p.shops, "a storm of registrations")
  end,
}
