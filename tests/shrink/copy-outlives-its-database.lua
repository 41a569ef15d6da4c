-- A bridge without its database takes no copy back; what happens in either cluster meanwhile is nothing to it.
return scenario {
  params   = { crowd = 4 },
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) },
               bridges = { { from = "east", to = "west", kind = "nacos-sync", services = { "shop" }, placement = "source" },
                           { from = "west", to = "east", kind = "nacos-sync", workers = 2, services = { "bank" } } } },
  story    = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    for i = 1, p.crowd do
      w:client { name = "crowd-" .. i, server = one_of { "east", "west" } }:register { service = one_of { "bank", "post" } }
      wait(between(ms(100), s(1)))
    end
    local shop = east:client { name = "shop-1", server = "n1" }
    shop:register { service = "shop" }
    wait(s(20))
    w:crash "west>east/2"
    west:restart "n3"
    wait(s(20))
    w:restart "west>east/2"
    w:bridge_database("east>west", "down")
    shop:close()
    wait(s(30))
    expect(west:none_knows(shop), "its copy has gone with it")
  end,
}
