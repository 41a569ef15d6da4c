-- One server is restarted, and others push empty lists to consumers, though every provider lives: nacos#10209, #11460.
-- Affected: all releases of 2.x and 3.x. A server that closes its connections before it ends, or is drained of them, has
-- time to say DELETE of each client after the sync delay. Its clients connect to another server at once, but register
-- there only when their redo task comes round, every 3 s. So a third server hears that all have gone up to 3 s before it
-- hears of one of them again. Consumers are helped by empty protection alone.
-- Found against the catalogue (NDB-21): it takes no congestion; and a server that is killed (--set drained=false) says no
-- DELETE, so that old copies bridge the gap: the orderly way to restart is the harmful one.
local incident = require "incident"

return scenario {
  params   = { providers = 3, drained = true },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.registered" },

  story = function(w, p)
    if setting "distrosim.generation" == 1 then return end
    local a, b, c = w:nodes()
    local shops = {}
    for i = 1, p.providers do
      shops[i] = w:client { name = "shop-" .. i, server = a }
      shops[i]:register { service = "shop" }
    end
    local users = {}
    for _, n in ipairs { a, b, c } do
      users[n.name] = w:client { name = "user-of-" .. n.name, server = n, subscribe = { "shop" } }
    end
    incident.settled(w, shops)

    local listed = {}
    local empty = incident.longest("a server that runs listed nothing for", function()
      for _, n in ipairs { a, b, c } do
        if n:alive() and listed[n.name] and #n:instances "shop" == 0 then return true end
      end
      return false
    end)
    local seen = incident.longest("a consumer's list was empty for", function()
      for _, user in pairs(users) do
        if #user:sees "shop" == 0 then return true end
      end
      return false
    end)
    listed = { n1 = true, n2 = true, n3 = true }
    for _, turn in ipairs { { a, b }, { b, c }, { c, a } } do
      local old, new = turn[1], turn[2]
      step(old.name .. " is restarted")
      if p.drained then
        for _, shop in ipairs(shops) do shop:post "connect"(new) end
        wait(s(5))
      end
      listed[old.name] = nil
      w:restart(old)
      wait(s(40))
      listed[old.name] = true
    end
    local by_server, by_consumer = empty(), seen()
    expect(by_server == s(0) and by_consumer == s(0), "the lists were empty")
  end,
}
