-- While c is down a client registers, another one changes and a third goes: c has none of its old knowledge, and is
-- right as soon as it is ready.
local bounds = require "bounds"

return scenario {
  params = { down_for = s(4) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.crash", "node.boot", "client.updated", "client.closed" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local stays = w:client { name = "stays", server = a }
    local goes = w:client { name = "goes", server = b }
    expect(stays:register { service = "shop", weight = 1 }, "refused")
    expect(goes:register { service = "shop" }, "refused")
    wait(bounds.push() + between(s(1), s(6)))
    step "c is killed, and the world goes on"
    w:crash(c)
    local comes = w:client { name = "comes", server = b }
    expect(comes:register { service = "shop" }, "refused")
    expect(stays:update { service = "shop", weight = 5 }, "refused")
    goes:close()
    wait(p.down_for)
    step "c starts again"
    w:restart(c)
    eventually(bounds.start, function() return c:state().ready end, "c is not ready")
    local ready = now()
    eventually(s(1), function() return c:knows { stays, comes } and not c:knows(goes) end, "c did not load what there is")
    measure("right after ready", now() - ready)
    local listed = c:instances "shop"
    table.sort(listed, function(x, y) return x.weight > y.weight end)
    expect(#listed == 2 and listed[1].weight == 5, "c loaded an old weight")
    eventually(bounds.repair(), function() return w:converged() end)
  end,
}
