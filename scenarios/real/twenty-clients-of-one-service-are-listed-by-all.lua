-- Twenty clients, spread over the servers, register one service within a second: every server lists all twenty, and
-- a subscriber has them soon after.
local bounds = require "bounds"

return scenario {
  params = { clients = 20 },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.registered" },
  always = { checks.no_lost_instances { grace = s(2) } },
  story = function(w, p)
    local nodes = { w:nodes() }
    local reader = w:client { name = "reader", server = nodes[1], subscribe = "shop" }
    wait(between(s(1), s(4)))
    local shops = {}
    for i = 1, p.clients do
      local shop = w:client { name = "shop-" .. i, server = nodes[i % 3 + 1] }
      shops[i] = shop
      expect(shop:register { service = "shop" }, "refused")
    end
    local acknowledged = now()
    eventually(bounds.push(), function() return w:all_know(shops) end, "not all are stored by all")
    measure("stored", now() - acknowledged)
    eventually(bounds.notify, function() return #reader:sees "shop" == p.clients end, "the reader lacks some")
    measure("told", now() - acknowledged)
    for _, n in ipairs(nodes) do
      eventually(bounds.notify, function() return #n:instances "shop" == p.clients end, "not all are listed")
    end
  end,
}
