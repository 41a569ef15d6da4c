-- Canonical scenario 5, bridged: when a provider's host vanishes, its own cluster needs 25 to 28 s to notice
-- (the connection idles 20 s, then it is asked), and the other cluster hears of it a worker's relay later.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30) },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" } }) end,
  must_see = { "client.ejected", "bridge.removed" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local shops = bridged.open(w, "shop", 3)
    eventually(bridged.copied, function() return west:all_know(shops) end, "all are copied")
    wait(between(s(30), s(40)))
    step "a host loses power"
    shops[1]:kill()
    local t = now()
    local home = within(s(20), s(36), function() return east:none_knows(shops[1]) end, "gone at home")
    local away = within(s(0), bridged.pushed(p.rtt), function() return west:none_knows(shops[1]) end,
                        "gone in the other cluster")
    measure("gone at home after", home)
    measure("relayed after", away)
    measure("gone everywhere after", now() - t)
  end,
}
