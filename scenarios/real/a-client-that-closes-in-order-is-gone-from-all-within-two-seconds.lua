-- A client that closes its connection is gone from its own server at once and from the others within the push's
-- delay; the service, left without instances, is empty everywhere.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.closed" },
  always = { checks.no_zombies { grace = s(2) } },
  story = function(w)
    local a = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(bounds.push() + bounds.notify + between(s(0), s(5)))
    step "shop-1 closes"
    shop:close()
    local closed = now()
    eventually(ms(100), function() return not a:knows(shop) end, "its own server stores it still")
    measure("gone.own", now() - closed)
    eventually(bounds.push(), function() return w:none_knows(shop) end, "a server stores it still")
    measure("gone", now() - closed)
    eventually(bounds.notify, function()
      for _, n in ipairs { w:nodes() } do
        if #n:instances "shop" > 0 then return false end
      end
      return true
    end, "a server lists it still")
  end,
}
