-- A push that the network swallows is sent again, and arrives, though nothing is verified.
-- Sync delay 1 s + scan 0.1 s; its time-out 3 s; the retry delay 3 s + scan 0.1 s; transfer 0.1 s. VERIFY
-- would repair it too, and hide that there is no retry: here it never reaches b.
local bounds = require "bounds"

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "message.timeout", "sync.retried" },

  story = function(w)
    local a, b, c = w:nodes()
    w:intercept { from = a, to = b, op = "VERIFY", nth = "all", action = "drop" }
    wait(between(s(0), s(6)))
    step "a shop opens on a; the push to b is lost"
    local lost = w:intercept { from = a, to = b, op = "CHANGE", action = "drop" }
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return c:knows(shop) and lost:seen() == 1 end,
               "c knows shop-1, and the push to b is lost")
    expect(not b:knows(shop), "b knows what was lost")

    step "b hears of it with the retry"
    local retried = s(3) + s(3)
    local took = within(retried - ms(200), retried + ms(100) + bounds.push(), function() return b:knows(shop) end,
                        "b knows shop-1")
    measure("known to b after", took)
  end,
}
