-- Question 2 of README.md: whatever the distance, a registration is seen across within 1.7 s and half a
-- round trip; what grows is the call itself, by the one round trip that the agent waits for its secondary.
-- Five regions at 1 to 300 ms from home in one world; an application and a consumer for each pair. The ideal client asks
-- both clusters at once, and its call takes no longer than the agent's.
local dual = require "dual"
local far = { r1 = ms(1), r30 = ms(30), r75 = ms(75), r220 = ms(220), r300 = ms(300) }

return scenario {
  topology = function()
    local clusters, links = { home = { nodes = 3 } }, {}
    for name, rtt in pairs(far) do
      clusters[name] = { nodes = 3 }
      links["home-" .. name] = { rtt = rtt }
    end
    return { clusters = clusters, links = links, wan = { rtt = ms(600) } }
  end,
  must_see = { "client.registered" },
  story = function(w)
    for name, rtt in pairs(far) do
      step("home and " .. name)
      for _, variant in ipairs(dual.variants) do
        local service, here, there = name .. "." .. variant, { "home", name }, { name, "home" }
        dual.client(w, variant, "east", { dual = here }):register { service = service, ip = "10.9.9.9" }
        local consumer = dual.client(w, variant, "east", { dual = there })
        consumer:subscribe(service)
        local worst_seen = s(0)
        for _ = 1, 3 do
          local shop = dual.client(w, variant, "east", { dual = here })
          wait(between(s(3), s(6)))
          local asked, took = now(), nil
          local call = shop:post "register" { service = service }
          spawn(function()
            eventually(s(3), function() return call:done() ~= nil end, "the call ends")
            took = now() - asked
          end)
          eventually(s(1.7) + rtt / 2 + ms(2), function() return dual.sees(consumer, shop, service) end,
                     variant .. ": seen in " .. name)
          if now() - asked > worst_seen then worst_seen = now() - asked end
          wait(s(1))
          expect(took and took >= rtt and took <= rtt + ms(2), variant .. ": a call takes one round trip")
        end
        measure("seen across " .. name .. ", " .. variant, worst_seen)
      end
    end
  end,
}
