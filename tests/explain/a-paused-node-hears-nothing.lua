-- why: is paused for
-- A frozen node lists nothing new until it thaws.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(2))
    w:pause(n2, s(60))
    expect(shop:register { service = "shop" }, "refused")
    eventually(s(6), function() return n2:knows(shop) end, "n2 knows shop-1")
  end,
}
