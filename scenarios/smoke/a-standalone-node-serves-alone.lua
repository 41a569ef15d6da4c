-- One node without a cluster serves registrations, updates and queries, and says nothing to anybody.
-- Standalone mode starts no Distro: no load, no verify, no push. What it acknowledges it stores at that
-- moment, and it answers queries with it 0.5 to 0.6 s later.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 1, lan = { rtt = ms(1) } },
  must_see = { "client.registered", "client.updated", "client.deregistered" },
  always   = { checks.no_lost_instances { grace = s(0) }, checks.no_zombies { grace = s(0) },
               checks.view_matches_store {}, checks.no_native_expiry {} },

  story = function(w)
    local alone = w:node "n1"
    step "a shop opens, changes and closes"
    local shop = w:client { name = "shop-1", server = alone }
    expect(shop:register { service = "shop" }, "the node refused it")
    expect(alone:knows(shop), "acknowledged and not listed")
    wait(between(s(1), s(20)))
    expect(shop:update { service = "shop", metadata = { version = "green" } }, "the node refused the update")
    expect(alone:stored("shop")[1].metadata.version == "green", "acknowledged and not stored")
    within(ms(499), bounds.query, function() return alone:instances("shop")[1].metadata.version == "green" end,
           "queries show it")
    wait(between(s(1), s(200)))
    expect(alone:knows(shop), "a connected client was dropped")
    expect(shop:deregister { service = "shop" }, "the node refused to forget it")
    expect(not alone:knows(shop), "deregistered and still listed")

    step "nobody was told"
    wait(s(20))
    for _, op in ipairs { "CHANGE", "DELETE", "VERIFY", "SNAPSHOT", "REPORT" } do
      expect(w:traffic { op = op }.messages == 0, op .. " was sent by a node that has no peer")
    end
  end,
}
