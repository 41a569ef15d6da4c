-- A service registered on one node is listed by every node within 1.2 s.
-- Sync delay 1 s + scan 0.1 s + transfer 0.1 s. Sooner is fine: a VERIFY that falls into the second finds
-- the client unknown or changed and brings the push forward.
local bounds = require "bounds"

return scenario {
  params   = { nodes = 3 },
  topology = function(p) return { nodes = p.nodes, lan = { rtt = between(us(200), ms(2)) } } end,
  must_see = { "client.registered", "sync.sent", "sync.applied" },
  always   = { checks.no_lost_instances { grace = bounds.push(), gap = s(0) }, checks.view_matches_store {} },

  story = function(w)
    step "a shop opens at some node, at some moment of everybody's timers"
    wait(between(s(0), s(6)))
    local home = one_of { w:nodes() }
    local shop = w:client { name = "shop-1", server = home }
    expect(shop:register { service = "shop" }, "its own node refused it")
    expect(home:knows(shop), "its own node acknowledged it and does not list it")

    step "every node comes to list it"
    local opened = now()
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    measure("known everywhere after", now() - opened)

    step "and goes on to do so, verified every 5 s"
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart in quiet")
  end,
}
