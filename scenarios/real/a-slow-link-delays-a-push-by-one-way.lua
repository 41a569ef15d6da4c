-- The link between two servers becomes slow, 400 ms there and back: a push takes one way longer over it, and no longer
-- over the others; no member is suspected for it.
local bounds = require "bounds"

return scenario {
  params = { slow = ms(400) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.degraded" },
  story = function(w, p)
    local a, b, c = w:nodes()
    step "the link between a and c becomes slow"
    w:link(a, c, { rtt = p.slow })
    wait(between(s(6), s(11)))
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    local acknowledged = now()
    local seen = { near = watch(function() return b:knows(shop) end), far = watch(function() return c:knows(shop) end) }
    eventually(bounds.push(p.slow), function() return w:all_know(shop) end, "not stored by all")
    wait(s(1))
    for name, watched in pairs(seen) do measure("stored." .. name, watched:first() - acknowledged) end
    expect(a:state().members.n3 == "UP" and c:state().members.n1 == "UP", "one suspects the other")
  end,
}
