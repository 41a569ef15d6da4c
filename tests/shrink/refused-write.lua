-- A registration is never refused: wrong while its only server is down.
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local a, b, c = w:nodes()
    for i = 1, 5 do w:client({ name = "other-" .. i, server = b }):register { service = "bank" } end
    local shop = w:client { name = "shop-1", server = a, kind = "nacos-client-1" }
    wait(s(5))
    w:blackhole(shop)
    w:crash(c)
    wait(s(1))
    w:restart(c)
    expect(shop:register { service = "shop" }, "the registration was refused")
  end,
}
