-- A node that joins owns its share of the heartbeat clients at once; none is missing, and none has two
-- owners or none.
-- Every node puts it on its list as it comes, and from then on passes its clients' beats on to it. It knows
-- them from its snapshot or, if a beat comes first, asks the client to register (20404). A second covers the
-- change of the lists.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { beaters = 40, over = s(60) },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "node.join", "owner.changed", "node.loaded" },
  always   = { checks.one_owner { grace = s(1) }, checks.no_lost_instances { gap = s(0) },
               checks.view_matches_store {} },

  story = function(w, p)
    local old = { w:nodes() }
    step "forty beating clients are known everywhere"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = old })
    eventually(bounds.push(), function() return w:all_know(beaters) end, "all known everywhere")
    wait(between(s(6), s(12)))

    step "a node joins, and takes about a quarter of them"
    local new = w:join "n4"
    eventually(s(1), function() return new:state().initialised end, "it has loaded")
    local total = 0
    for _, n in ipairs { new, table.unpack(old) } do
      expect(n:state().owned > 0, n.name .. " owns nobody")
      total = total + n:state().owned
    end
    expect(total == p.beaters, "the shares make " .. total .. " clients")

    step "a minute later everybody is there, and as healthy as before"
    wait(p.over)
    expect(w:converged(), "the lists are not what the clients publish")
  end,
}
