-- In 1.x a registration is listed by every node within 2.3 s.
-- Two stages of half a taskDispatchPeriod (1 s each), each found by a scan 0.1 s later at most, and a transfer of 0.1 s.
-- Sooner is fine: a digest that falls between finds the service missing or changed, and the peer pulls it.
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  topology = v1.topology(3),
  must_see = { "client.registered", "sync.sent", "sync.applied" },
  always   = { checks.no_lost_instances { grace = bounds.push_v1, gap = s(0) }, checks.view_matches_store {} },

  story = function(w)
    step "a shop opens at some node, at some moment of everybody's timers"
    wait(between(s(0), s(6)))
    local shop = w:client { name = "shop-1", server = one_of { w:nodes() } }
    expect(shop:register { service = "shop" }, "nobody took it")

    step "every node comes to list it"
    local opened = now()
    eventually(bounds.push_v1, function() return w:all_know(shop) end, "shop-1 known everywhere")
    measure("known everywhere after", now() - opened)

    step "and goes on to do so, in digests every 5 s"
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart in quiet")
  end,
}
