-- Question 2 of README.md: whatever the distance, a change is seen across within 1.8 s and half a round trip: of the
-- protocol's seconds none waits for the WAN but the message itself.
-- Five regions at 1 to 300 ms from home, a server and a consumer in each; 220 ms and 300 ms stay far below the time-out of 3 s.
local stretched = require "stretched"
local distances = { r001 = ms(1), r030 = ms(30), r075 = ms(75), r220 = ms(220), r300 = ms(300) }

return scenario {
  params   = { clients = 40 },
  topology = function()
    local links = {}
    for name, rtt in pairs(distances) do links["home-" .. name] = { rtt = rtt } end
    return { sites = { home = 3, r001 = 1, r030 = 1, r075 = 1, r220 = 1, r300 = 1 }, wan = { rtt = ms(150) }, links = links }
  end,
  always   = { checks.no_lost_instances {} },
  story = function(w, p)
    local shops = w:fleet { name = "shop", server = "home", clients = p.clients, services = 4, over = s(40) }
    for name in pairs(distances) do
      w:fleet { name = "user-" .. name, server = name, services_of = shops, instances = 0, subscribe = 4, clients = 4, over = s(1) }
    end
    wait(s(60))
    local nearest = w:metrics { from = "home", to = "r001" }
    for name, rtt in pairs(distances) do
      local seen = w:metrics { from = "home", to = name }
      expect(seen.nodes.count >= p.clients, "too few changes")
      expect(seen.consumers.max <= stretched.seen_across(rtt), name .. ": " .. tostring(seen.consumers.max))
      expect(seen.nodes.p50 >= rtt / 2 and seen.nodes.p50 - nearest.nodes.p50 <= rtt / 2 + ms(100), name .. ": more than half a round trip")
      measure("seen at " .. name .. ", 99 %", seen.consumers.p99)
    end
  end,
}
