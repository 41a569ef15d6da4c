-- A changed weight is listed by its own server within the list's delay, and by the others within the push's on top;
-- a subscriber of another server sees it as soon as that.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.updated" },
  story = function(w)
    local a, b, c = w:nodes()
    local reader = w:client { name = "reader", server = c, subscribe = "shop" }
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop", weight = 1 }, "refused")
    wait(bounds.push() + bounds.notify + between(s(0), s(5)))
    step "its weight changes"
    expect(shop:update { service = "shop", weight = 7, metadata = { zone = "east" } }, "refused")
    local acknowledged = now()
    local function is_new(listed) return #listed == 1 and listed[1].weight == 7 and listed[1].metadata.zone == "east" end
    eventually(bounds.notify, function() return is_new(a:instances "shop") end, "its own server lists the old")
    measure("listed.own", now() - acknowledged)
    eventually(bounds.push() + bounds.notify, function() return is_new(reader:sees "shop") end, "the reader is not told")
    measure("told", now() - acknowledged)
    eventually(s(1), function() return is_new(b:instances "shop") and is_new(c:instances "shop") end, "not listed by all")
    eventually(s(1), function() return w:converged() end, "the servers disagree")
  end,
}
