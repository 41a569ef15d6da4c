-- To expect what is registered in one cluster to be known in the other is wrong, whatever else happens there.
return scenario {
  topology = { clusters = { east = { nodes = 3, settings = { ["nacos.core.protocol.distro.data.sync.delayMs"] = ms(300) } },
                            west = { nodes = 2, profile = "nacos-2.3" } },
               wan = { rtt = ms(30) } },
  story    = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local shop = w:client { name = "shop-1", server = "east" }
    local cart = w:client { name = "cart-1", server = "west" }
    shop:register { service = "shop" }
    cart:register { service = "cart" }
    west:isolate "n2"
    west:join()
    wait(between(s(1), s(5)))
    west:heal()
    east:crash "n1"
    wait(s(3))
    east:restart "n1"
    wait(s(20))
    eventually(s(10), function() return east:all_know(shop) and west:all_know(shop) end)
  end,
}
