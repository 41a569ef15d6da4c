-- While a cluster goes from 2.1.2 to 2.3, node by node, no server that is up lacks a living client.
-- 2.1.2 never stores the revision of a change (nacos#10693), so between the two every VERIFY of a changed client fails and
-- is repaired; the leases, three minutes long, outlive the upgrade. Clients that closed while their server was away stay
-- listed for the lease: in the end it takes 140 s to agree.
local upgrade = require "upgrade"

return scenario {
  params   = upgrade.params,
  topology = function() return upgrade.topology "nacos-2.1.2" end,
  must_see = upgrade.must_see,
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local lost = upgrade.roll(w, p, "nacos-2.3")
    expect(lost.connected == s(0), "a connected client was missing on a server that was up")
    expect(lost.beating == s(0), "a heartbeat client was missing on a server that was up")
  end,
}
