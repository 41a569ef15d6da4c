-- A client's process dies: the reset tells its server at once, and the others have it by the push. A subscriber, whose
-- cache holds the dead one, is told half a second after its own server.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.crashed" },
  always = { checks.no_zombies { grace = s(2) } },
  story = function(w)
    local a, b, c = w:nodes()
    local reader = w:client { name = "reader", server = c, subscribe = "shop" }
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(bounds.push() + bounds.notify + between(s(0), s(5)))
    expect(#reader:sees "shop" == 1, "the reader is not told")
    step "the process of shop-1 dies"
    shop:crash()
    local died = now()
    eventually(ms(100), function() return not a:knows(shop) end, "its own server stores it still")
    measure("gone.own", now() - died)
    eventually(bounds.push(), function() return w:none_knows(shop) end, "a server stores it still")
    measure("gone", now() - died)
    eventually(bounds.notify, function() return #reader:sees "shop" == 0 end, "the reader calls the dead")
    measure("told", now() - died)
    expect(not b:knows(shop), "b stores it again")
  end,
}
