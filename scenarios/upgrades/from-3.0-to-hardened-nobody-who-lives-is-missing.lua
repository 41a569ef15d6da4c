-- A cluster of 3.0 can be corrected node by node: on the way from 3.0 to hardened no server that is up lacks a living client.
-- The two sorts live together, since what a hardened node says in addition Nacos ignores, and what it cannot order, a
-- revision that is a hash, it takes as it comes. Clients that closed while their server was away stay listed for the
-- lease; it takes 135 s to agree.
local upgrade = require "upgrade"

return scenario {
  params   = upgrade.params,
  topology = function() return upgrade.topology "nacos-3.0" end,
  must_see = upgrade.must_see,
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local lost = upgrade.roll(w, p, "hardened")
    expect(lost.connected == s(0), "a connected client was missing on a server that was up")
    expect(lost.beating == s(0), "a heartbeat client was missing on a server that was up")
  end,
}
