-- While a cluster goes from 1.4 to 2.0.0, node by node, servers of the two generations know nothing of each other's
-- clients: each side lists its own for as long as the upgrade takes.
-- In Nacos a server of 2.0 writes every registration into both stores until all are upgraded (double write,
-- DoubleWriteEventListener). That is out of scope here, so this is what it is there for: without it every client is
-- missing somewhere for a node's turn and more (50 s to 58 s of a turn of 45 s, on 12 seeds), and no write is refused.
-- When the last has gone over, its clients are known everywhere 20 s later: they beat, are unknown, and register.
local upgrade = require "upgrade"

return scenario {
  params   = upgrade.params,
  topology = function() return upgrade.topology "nacos-1.4" end,
  must_see = upgrade.must_see,
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local lost = upgrade.roll(w, p, "nacos-2.0.0", function(living) return w:all_know(living) end)
    expect(lost.beating > s(30), "the two generations shared what they know")
  end,
}
