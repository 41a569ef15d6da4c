-- A fourth server appears in every member list: it loads what there is before it serves, and then takes clients
-- whom all know.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.join" },
  always = { checks.no_lost_instances { grace = s(12), gap = s(0.5) } },
  story = function(w)
    local a, b, c = w:nodes()
    local shops = {}
    for i, n in ipairs { a, b, c } do
      shops[i] = w:client { name = "shop-" .. i, server = n }
      expect(shops[i]:register { service = "shop" }, "refused")
    end
    wait(between(s(2), s(7)))
    step "d joins"
    local joined = now()
    local d = w:join "n4"
    eventually(bounds.start, function() return d:state().ready and d:knows(shops) end, "d has not loaded all")
    measure("loaded", now() - joined)
    eventually(s(12), function() return a:state().members.n4 == "UP" end, "a does not hold d for UP")
    measure("up", now() - joined)
    local late = w:client { name = "late", server = d }
    eventually(s(3), function() return late:server() == d end, "late is not connected")
    expect(late:register { service = "shop" }, "d refused it")
    eventually(bounds.repair(), function() return w:all_know(late) end, "late is not stored by all")
    expect(w:converged(), "the servers disagree")
  end,
}
