-- Two changes of a weight within the push's delay leave as one, with the later content; no server rolls back.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.updated" },
  always = { checks.no_stale_content { grace = s(4) } },
  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop", weight = 1 }, "refused")
    wait(bounds.push() + bounds.notify + between(s(0), s(5)))
    step "its weight changes twice"
    expect(shop:update { service = "shop", weight = 2 }, "refused")
    wait(ms(200))
    expect(shop:update { service = "shop", weight = 3 }, "refused")
    local acknowledged = now()
    local function lists(n)
      local listed = n:instances "shop"
      return #listed == 1 and listed[1].weight == 3
    end
    eventually(bounds.notify, function() return lists(a) end, "its own server lists another weight")
    measure("listed.own", now() - acknowledged)
    eventually(bounds.push() + bounds.notify, function() return lists(b) and lists(c) end, "the others do")
    measure("listed", now() - acknowledged)
    eventually(s(1), function() return w:converged() end, "the servers disagree")
  end,
}
