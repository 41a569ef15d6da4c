-- why: east>west/1        ends, and its beats with it
-- why: removed
return scenario {
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) },
               bridges = { { from = "east", to = "west", kind = "nacos-sync", services = { "shop" } } } },
  story = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local shop = east:client { name = "shop", server = "n1" }
    shop:register { service = "shop" }
    eventually(s(75), function() return west:all_know(shop) end, "it is copied")
    wait(s(10))
    w:crash "east>west/1"
    wait(s(50))
    expect(west:node "n1":knows(shop), "the copy is gone")
  end,
}
