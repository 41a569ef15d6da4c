-- Two sites, 80 ms apart, with jitter and one packet in fifty lost: five clients of the one are stored at the other
-- within the push's delay and a few retransmissions.
local bounds = require "bounds"

return scenario {
  topology = {
    sites = { east = 2, west = 1 },
    lan = { rtt = ms(1) },
    wan = { rtt = ms(80), jitter = percent(20), loss = percent(2) },
  },
  must_see = { "client.registered" },
  story = function(w)
    local near, far = w:node "east/n1", w:node "west/n1"
    wait(between(s(1), s(6)))
    for i = 1, 5 do
      local shop = w:client { name = "shop-" .. i, server = near }
      expect(shop:register { service = "shop" }, "refused")
      local acknowledged = now()
      eventually(bounds.push(ms(80)) + bounds.losses(4, ms(80)), function() return far:knows(shop) end, "not stored far away")
      measure("stored." .. i, now() - acknowledged)
      wait(between(s(0), s(1)))
    end
    eventually(bounds.push(ms(80)) + bounds.losses(4, ms(80)), function() return w:converged() end)
  end,
}
