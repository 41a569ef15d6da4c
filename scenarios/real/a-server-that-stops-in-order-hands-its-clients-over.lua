-- A server is stopped in order: its clients are told by the end of their connections and go to another server, where
-- all know them within the redo's period and a push; started again it loads everything.
local bounds = require "bounds"

return scenario {
  params = { down_for = s(5) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.stop", "node.boot", "client.switched", "client.redo" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local shops = {}
    for i = 1, 3 do
      shops[i] = w:client { name = "shop-" .. i, server = b }
      expect(shops[i]:register { service = "shop" }, "refused")
    end
    wait(bounds.push() + between(s(1), s(6)))
    step "b stops"
    w:stop(b)
    local stopped = now()
    eventually(bounds.start, function()
      for _, shop in ipairs(shops) do
        if shop:server() == nil or shop:server() == b then return false end
      end
      return true
    end, "a client waits for b")
    measure("moved", now() - stopped)
    local moved = now()
    eventually(bounds.redo + bounds.push(), function() return a:knows(shops) and c:knows(shops) end, "one was lost")
    measure("known again", now() - moved)
    wait(p.down_for)
    step "b starts again"
    w:restart(b)
    eventually(bounds.start, function() return b:state().ready and b:knows(shops) end, "b has not loaded all")
    eventually(bounds.repair(), function() return w:converged() end)
  end,
}
