-- Two servers in Shanghai and one in Frankfurt, 210 ms apart: a registration is stored there one way later than
-- beside it, and its client, who is near, notices nothing of the distance.
local bounds = require "bounds"

return scenario {
  topology = {
    sites = { shanghai = 2, frankfurt = 1 },
    lan = { rtt = ms(1) },
    wan = { rtt = ms(210), jitter = percent(5) },
  },
  must_see = { "client.registered" },
  story = function(w)
    local near, beside, far = w:node "shanghai/n1", w:node "shanghai/n2", w:node "frankfurt/n1"
    wait(between(s(1), s(6)))
    local shop = w:client { name = "shop-1", server = near }
    eventually(s(1), function() return shop:server() == near end, "not connected")
    local asked = now()
    expect(shop:register { service = "shop" }, "refused")
    measure("acknowledged", now() - asked)
    local acknowledged = now()
    local seen = { beside = watch(function() return beside:knows(shop) end),
                   far = watch(function() return far:knows(shop) end) }
    eventually(bounds.push(ms(210)), function() return w:all_know(shop) end, "not stored by all")
    wait(s(1))
    for name, watched in pairs(seen) do measure("stored." .. name, watched:first() - acknowledged) end
    expect(w:converged(), "the servers disagree")
  end,
}
