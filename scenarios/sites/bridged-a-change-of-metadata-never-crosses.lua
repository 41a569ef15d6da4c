-- Canonical scenario 17, bridged: metadata is no part of the key by which copies are compared, so a change of
-- metadata alone crosses neither with its event nor with any pass of everything.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30) },
  topology = function(p) return bridged.pair(p.rtt, { services = { "shop" } }) end,
  must_see = { "client.updated", "bridge.copied" },
  always   = { checks.bridge_clean {} },

  story = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local shop = bridged.open(w, "shop", 1, { metadata = { version = "1" } })[1]
    bridged.lastingly(bridged.copied, function() return west:all_know(shop) end, "it is copied")
    local removed = w:bridge_state "east>west/1".removed
    step "its metadata changes"
    shop:update { service = "shop", metadata = { version = "2" } }
    eventually(s(2), function() return east:node "n3":instances "shop"[1].metadata.version == "2" end, "at home it is known")
    wait(minutes(11))
    expect(west:node "n1":instances "shop"[1].metadata.version == "1", "the new version has crossed")
    expect(w:bridge_state "east>west/1".removed == removed, "the copy was touched")
  end,
}
