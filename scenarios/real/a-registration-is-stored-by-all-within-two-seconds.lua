-- A registration is stored by its own server at once and by the others within the push's delay, and a subscriber
-- of another server is told half a second later.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.registered" },
  story = function(w)
    local a, b, c = w:nodes()
    local reader = w:client { name = "reader", server = c, subscribe = "shop" }
    wait(between(s(1), s(6)))
    step "shop-1 registers"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "its own server refused it")
    local acknowledged = now()
    eventually(ms(100), function() return a:knows(shop) end, "its own server does not store it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "stored by all")
    measure("stored", now() - acknowledged)
    eventually(bounds.notify, function() return #reader:sees "shop" == 1 end, "the reader is not told")
    measure("told", now() - acknowledged)
    expect(w:converged(), "the servers disagree")
  end,
}
