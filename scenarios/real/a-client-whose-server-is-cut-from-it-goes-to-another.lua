-- A client loses the way to its server, and nothing tells it: its health check finds out, it goes to another server,
-- and its old connection's record is taken away by the server that it left.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "client.switched", "client.redo" },
  always = { checks.no_lost_instances { grace = s(12), gap = bounds.redo + bounds.push() } },
  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(bounds.push() + between(s(1), s(6)))
    step "the way between shop-1 and a is cut"
    w:cut(shop, a)
    local cut = now()
    eventually(bounds.switch, function() return shop:server() ~= nil and shop:server() ~= a end, "it waits for a")
    measure("switched", now() - cut)
    wait(bounds.redo + bounds.push())
    expect(w:all_know(shop), "not stored by all")
    eventually(bounds.silent_death, function()
      return a:state().clients == 1 and b:state().clients == 1 and c:state().clients == 1
    end, "the record of the old connection stays")
    measure("old record gone", now() - cut)
    expect(w:all_know(shop), "the new record went with it")
  end,
}
