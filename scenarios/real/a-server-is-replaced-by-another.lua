-- A fourth server joins, and once all hold it for UP an old one leaves: every client is known all the time by the
-- servers that stay.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.join", "node.leave", "client.switched" },
  story = function(w)
    local a, b, c = w:nodes()
    local mover = w:client { name = "mover", server = a }
    local settled = w:client { name = "settled", server = b }
    expect(mover:register { service = "shop" }, "refused")
    expect(settled:register { service = "shop" }, "refused")
    wait(between(s(2), s(7)))
    step "n4 joins"
    local d = w:join "n4"
    eventually(bounds.start, function() return d:state().ready and d:knows { mover, settled } end, "n4 has not loaded")
    eventually(s(12), function() return b:state().members.n4 == "UP" and c:state().members.n4 == "UP" end, "n4 is not UP")
    step "a leaves"
    w:leave(a)
    local left = now()
    eventually(bounds.start, function() return mover:server() ~= nil and mover:server() ~= a end, "mover waits for a")
    local moved = now()
    measure("moved", moved - left)
    eventually(bounds.redo + bounds.push(), function() return w:all_know { mover, settled } end, "one is lost")
    measure("known again", now() - moved)
    eventually(s(12), function() return d:state().members.n1 == nil end, "a is on n4's list still")
  end,
}
