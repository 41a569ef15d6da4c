-- A client that moves to another server may be missing, on every node, but for no longer than 4.7 s.
-- Its old server takes it out the moment the connection closes, and tells the others 1 s later; the SDK
-- registers again on the new one when its redo task comes round, every 3 s, and after a push (1.2 s)
-- everybody knows. (After a crash no DELETE is sent, and the old replicas bridge the gap.)
local bounds = require "bounds"

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "client.redo", "sync.deleted" },
  always   = { checks.no_lost_instances { gap = bounds.redo + bounds.push() }, checks.view_matches_store {} },

  story = function(w)
    local a, b, c = w:nodes()
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(0), s(6)))

    step "it moves to b"
    local gap = watch(function() return not c:knows(shop) end)
    shop:connect(b)
    wait(s(20))
    expect(shop:server() == b, "it is somewhere else")
    expect(w:converged(), "somebody lists something else than what the shop publishes")
    local missing = s(0)
    for _, span in ipairs(gap:spans()) do missing = missing + (span.to - span.from) end
    measure("missing on the third node for", missing)
  end,
}
