-- A client of three services, one of them in a group of its own, takes one back: the others stay everywhere.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.deregistered" },
  always = { checks.no_zombies { grace = s(2) }, checks.no_lost_instances { grace = s(2) } },
  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    expect(shop:register { service = "stock" }, "refused")
    expect(shop:register { service = "shop", group = "night" }, "refused")
    local acknowledged = now()
    local function stored(n, shops, stocks, nights)
      return #n:stored "shop" == shops and #n:stored "stock" == stocks
        and #n:stored { service = "shop", group = "night" } == nights
    end
    eventually(bounds.push(), function() return stored(b, 1, 1, 1) and stored(c, 1, 1, 1) end, "not all are stored")
    measure("stored", now() - acknowledged)
    wait(between(s(1), s(5)))
    step "it takes back one of them"
    expect(shop:deregister { service = "shop" }, "refused")
    local taken = now()
    eventually(bounds.push(), function() return stored(a, 0, 1, 1) and stored(b, 0, 1, 1) and stored(c, 0, 1, 1) end,
      "another one went, or this one stays")
    measure("gone", now() - taken)
  end,
}
