-- A server that nothing reaches for twelve seconds is held for SUSPICIOUS, misses a deregistration, and is right
-- again after the heal.
local bounds = require "bounds"

return scenario {
  params = { away = s(12) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(between(s(2), s(7)))
    expect(w:all_know(shop), "not stored by all")
    step "c is alone"
    w:isolate(c)
    local alone = now()
    expect(shop:deregister { service = "shop" }, "refused")
    eventually(bounds.push(), function() return not b:knows(shop) end, "b stores it still")
    eventually(s(11), function() return a:state().members.n3 ~= "UP" end, "a holds c for UP")
    measure("suspected", now() - alone)
    wait_until(alone + p.away)
    expect(c:knows(shop), "c heard of it")
    step "c is back"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.away, 3), function() return w:converged() end)
    measure("agreed", now() - healed)
  end,
}
