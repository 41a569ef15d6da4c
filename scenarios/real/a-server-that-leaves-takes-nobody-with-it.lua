-- A server is drained and taken off every member list: its clients go to another one, and the two that are left
-- agree on all of them.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.leave", "client.switched" },
  story = function(w)
    local a, b, c = w:nodes()
    local mover = w:client { name = "mover", server = c }
    local settled = w:client { name = "settled", server = a }
    expect(mover:register { service = "shop" }, "refused")
    expect(settled:register { service = "shop" }, "refused")
    wait(between(s(2), s(7)))
    step "c leaves"
    w:leave(c)
    local left = now()
    eventually(bounds.redo, function() return mover:server() ~= nil and mover:server() ~= c end, "mover waits for c")
    eventually(bounds.redo + bounds.push(), function() return w:all_know { mover, settled } end, "mover is lost")
    measure("known again", now() - left)
    eventually(s(12), function() return a:state().members.n3 == nil and b:state().members.n3 == nil end,
      "c is on a member list still")
    expect(not c:alive(), "c lives")
  end,
}
