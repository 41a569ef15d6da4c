-- While a cluster goes from 2.3 to 3.0, node by node, no server that is up lacks a living client.
-- The two speak the same protocol (PROTOCOL.md 12.3); what it costs are three restarts: clients that closed while
-- their server was away stay listed for the lease, and in the end it takes 140 s to agree.
local upgrade = require "upgrade"

return scenario {
  params   = upgrade.params,
  topology = function() return upgrade.topology "nacos-2.3" end,
  must_see = upgrade.must_see,
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local lost = upgrade.roll(w, p, "nacos-3.0")
    expect(lost.connected == s(0), "a connected client was missing on a server that was up")
    expect(lost.beating == s(0), "a heartbeat client was missing on a server that was up")
  end,
}
