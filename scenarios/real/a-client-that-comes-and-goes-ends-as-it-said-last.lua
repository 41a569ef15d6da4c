-- A client registers and takes back five times in a row, 300 ms apart, and then stays: so do all servers see it, though
-- most of what it said was overtaken within the push's delay.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.registered", "client.deregistered" },
  story = function(w)
    local a = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    wait(between(s(1), s(6)))
    step "it comes and goes"
    for _ = 1, 5 do
      expect(shop:register { service = "shop" }, "refused")
      wait(ms(300))
      expect(shop:deregister { service = "shop" }, "refused")
      wait(ms(300))
    end
    expect(shop:register { service = "shop" }, "refused")
    local acknowledged = now()
    step "and stays"
    eventually(bounds.push() + bounds.notify, function() return w:all_know(shop) and w:converged() end, "not stored by all")
    measure("stored", now() - acknowledged)
    wait(bounds.push() + bounds.notify)
    for _, n in ipairs { w:nodes() } do
      expect(#n:instances "shop" == 1, n.name .. " lists another number")
    end
    expect(w:all_know(shop), "it went again")
  end,
}
