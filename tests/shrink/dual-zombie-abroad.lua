-- An application of two clusters goes while its own servers cannot be asked: neither cluster may list it for long.
return scenario {
  params   = { crowd = 4 },
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) } },
  story    = function(w, p)
    local west = w:cluster "west"
    for i = 1, p.crowd do
      w:client { name = "crowd-" .. i, dual = { "east", "west" } }:register { service = "crowd" }
      wait(between(ms(100), s(1)))
    end
    local shop = w:client { name = "shop-1", dual = { "east", "west" }, nearby = true }
    shop:register { service = "shop" }
    wait(s(15))
    expect(west:all_know(shop), "it stands in the second cluster, too")
    west:isolate "n2"
    w:restart "east/n3"
    shop:close()
    wait(s(2))
    expect(west:none_knows(shop), "gone at once")
  end,
}
