-- What is taken back is gone from every server within the push's delay, and from every query half a second later.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.deregistered" },
  always = { checks.no_zombies { grace = s(2) } },
  story = function(w)
    local a = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(bounds.push() + bounds.notify + between(s(0), s(5)))
    expect(w:all_know(shop), "not stored by all")
    step "shop-1 takes it back"
    expect(shop:deregister { service = "shop" }, "refused")
    local acknowledged = now()
    eventually(bounds.push(), function() return w:none_knows(shop) end, "a server stores it still")
    measure("gone", now() - acknowledged)
    eventually(bounds.notify, function()
      for _, n in ipairs { w:nodes() } do
        if #n:instances "shop" > 0 then return false end
      end
      return true
    end, "a server lists it still")
    measure("unlisted", now() - acknowledged)
  end,
}
