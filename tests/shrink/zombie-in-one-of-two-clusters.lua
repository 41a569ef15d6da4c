-- A client of one cluster dies behind a cut within it, while the other cluster has a day like any other.
return scenario {
  params   = { crowd = 6 },
  topology = { clusters = { east = { nodes = 3 },
                            west = { sites = { a = 2, b = 1 }, profile = "nacos-2.3" } },
               wan = { rtt = ms(30), jitter = percent(10) } },
  story    = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    for i = 1, p.crowd do
      local home = one_of { "east", "west" }
      w:client { name = "crowd-" .. i, server = home }:register { service = one_of { "shop", "bank" } }
      wait(between(ms(100), s(1)))
    end
    local shop = west:client { name = "shop-1", server = "b/n1" }
    shop:register { service = "shop" }
    eventually(s(10), function() return west:all_know(shop) end)
    east:isolate "n2"
    west:partition({ "a/n1", "a/n2" }, { "b/n1" })
    east:restart "n3"
    wait(between(s(1), s(3)))
    shop:close()
    wait(s(2))
    w:cut("east", "west")
    wait(s(12))
    eventually(s(5), function() return west:none_knows(shop) end, "west lists what has left it")
  end,
}
