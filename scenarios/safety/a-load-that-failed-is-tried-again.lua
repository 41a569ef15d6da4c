-- A node that restarts while it can reach no peer loads soon after it can: every 30 s it tries again.
-- Its first attempt comes when its connections have failed for the first time (four tries of 3 s), the next
-- 30 s later. If one falls into the reconnecting after the heal (3 s and a back-off), the one after it
-- succeeds: 60 s and a second for the load itself.
local shops = require "shops"

return scenario {
  params   = { shops = 10 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "snapshot.failed", "snapshot.loaded" },
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "shops are open on b and c"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { b, c } })
    wait(between(s(6), s(12)))

    step "a restarts, cut off from both"
    w:partition({ a }, { b, c })
    w:restart(a)
    wait(between(s(20), s(60)))
    expect(a:counters().load_attempts == 0, "a asked for a snapshot across the cut")
    expect(not a:state().initialised, "a has loaded from nobody")

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(s(30) * 2 + s(1), function() return a:state().initialised and w:converged() end, "a has loaded")
    measure("loaded after the heal", now() - healed)
    expect(a:knows(open), "a lacks a shop")
  end,
}
