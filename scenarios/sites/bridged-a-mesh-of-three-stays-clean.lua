-- Canonical scenario 20, bridged: three clusters, each bridged to both others, at the ordinary level. Only
-- natives travel, so everything is listed once everywhere, and what leaves leaves everywhere.
return scenario {
  params   = { rtt = ms(75), regions = 3, shops = 3 },
  topology = function(p)
    local names, bridges = { "east", "south", "west" }, {}
    for _, from in ipairs(names) do
      for _, to in ipairs(names) do
        if from ~= to then
          bridges[#bridges + 1] = { from = from, to = to, kind = "nacos-sync", services = { "shop" } }
        end
      end
    end
    return { clusters = { east = { nodes = 3 }, south = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = p.rtt },
             bridges = bridges }
  end,
  must_see = { "bridge.copied", "bridge.removed" },
  always   = { checks.bridge_clean {} },

  story = function(w, p)
    local clusters = { w:cluster "east", w:cluster "south", w:cluster "west" }
    local shops = {}
    step "every cluster has shops of its own"
    for k, cluster in ipairs(clusters) do
      for i = 1, p.shops do
        local shop = cluster:client { name = "shop-" .. k .. "-" .. i, server = "n1" }
        shop:register { service = "shop" }
        shops[#shops + 1] = shop
      end
    end
    local function everywhere(list)
      for _, cluster in ipairs(clusters) do
        if not cluster:all_know(list) then return false end
      end
      return true
    end
    eventually(s(75), function() return everywhere(shops) end, "all are listed everywhere")
    wait(minutes(6))
    for _, cluster in ipairs(clusters) do
      expect(#cluster:node "n2":instances "shop" == #shops, "each is listed once")
    end
    step "one leaves"
    local gone = table.remove(shops, 1)
    gone:deregister { service = "shop" }
    eventually(s(15), function() return w:none_knows(gone) end, "it is gone everywhere")
    wait(minutes(6))
    expect(w:none_knows(gone), "it has come back")
    expect(everywhere(shops), "others went with it")
  end,
}
