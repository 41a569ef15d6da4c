-- why: no beat of shop-1 for
-- why: is killed and says nothing more
-- A heartbeat client dies in silence: its owner removes it after thirty seconds, and says so.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1 = w:nodes()
    local shop = w:client { name = "shop-1", kind = "nacos-client-1", server = n1 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(3))
    shop:kill()
    wait(s(60))
    expect(n1:knows(shop), "n1 dropped it")
  end,
}
