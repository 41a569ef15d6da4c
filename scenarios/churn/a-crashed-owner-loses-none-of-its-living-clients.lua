-- When a node crashes, its living clients are never absent from any other node, not for a moment.
-- The crash resets their connections; each SDK goes to another server at once and registers again within 3
-- s. The replicas of the old connections stay for their lease, at least 175 s more, and show the same
-- instances: two records, listed once.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { shops = 20, down_for = s(30) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "node.crash", "client.switched", "client.redo", "lease.expired", "snapshot.loaded" },
  always   = { checks.no_lost_instances { gap = s(0) }, checks.no_empty_service { grace = bounds.push() },
               checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "twenty shops on a are known everywhere"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    wait(between(s(5), s(11)))

    step "a crashes; its clients move"
    w:crash(a)
    local crashed = now()
    wait(p.down_for)
    for _, shop in ipairs(open) do
      expect(shop:server() ~= nil, "a client found no other server")
    end

    step "a comes back empty, and loads"
    w:restart(a)
    -- No load within its first try would mean 30 s until the next.
    eventually(s(35), function() return a:knows(open) end, "a lists all shops again")
    measure("a listed all after", now() - crashed - p.down_for)

    step "the old replicas end, and nobody notices"
    wait(p.down_for + bounds.lease + s(35))
    expect(w:converged(), "the lists are not what the clients publish")
  end,
}
