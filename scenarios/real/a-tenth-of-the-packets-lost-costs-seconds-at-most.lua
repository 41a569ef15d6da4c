-- One packet in ten is lost between all servers: what registers is stored by all all the same, a retransmission or
-- two later than usual.
local bounds = require "bounds"

return scenario {
  params = { loss = percent(10) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.degraded" },
  always = { checks.no_lost_instances { grace = bounds.push() + bounds.losses(4, ms(1)) } },
  story = function(w, p)
    local a, b, c = w:nodes()
    step "a tenth of all packets is lost"
    w:link(a, b, { loss = p.loss })
    w:link(a, c, { loss = p.loss })
    w:link(b, c, { loss = p.loss })
    for i, n in ipairs { a, b, c } do
      local shop = w:client { name = "shop-" .. i, server = n }
      expect(shop:register { service = "shop" }, "refused")
      local acknowledged = now()
      eventually(bounds.push() + bounds.losses(4, ms(1)), function() return w:all_know(shop) end, "not stored by all")
      measure("stored." .. i, now() - acknowledged)
      wait(between(s(1), s(3)))
    end
    w:heal()
    eventually(bounds.repair(), function() return w:converged() end)
  end,
}
