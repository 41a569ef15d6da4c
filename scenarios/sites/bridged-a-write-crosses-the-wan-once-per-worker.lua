-- Canonical scenario 1, bridged from the source: of what clients write, nothing but one registration per
-- worker crosses the WAN, whatever the size of the clusters; the rest is beats and polls. A worker that
-- sees the other's copy first sends none, so the number of workers is the bound.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), workers = 2, shops = 20 },
  topology = function(p)
    return bridged.pair(p.rtt, { placement = "source", workers = p.workers, services = { "shop" } })
  end,
  must_see = { "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    bridged.open(w, "shop", 1)
    wait(s(75))
    local function writes()
      local sum = 0
      for i = 1, p.workers do
        for _, n in ipairs { west:nodes() } do
          sum = sum + w:traffic { from = "east>west/" .. i, to = n, op = "REGISTER" }.messages
        end
      end
      return sum
    end
    step "shops open one by one"
    local before = writes()
    for i = 1, p.shops do
      local shop = east:client { name = "late-" .. i, server = one_of { east:nodes() } }
      wait(s(1))
      shop:register { service = "shop" }
      wait(between(s(2), s(6)))
    end
    eventually(s(15), function() return #west:node "n1":instances "shop" == p.shops + 1 end, "all have crossed")
    local sent = writes() - before
    measure("per write", sent / p.shops)
    expect(sent >= p.shops and sent <= p.shops * p.workers, "a write crossed more often than there are workers")
  end,
}
