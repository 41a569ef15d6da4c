-- why: lost: partition {n1,n2} | {n3}
-- A registration while n3 is cut off never reaches it.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(2))
    w:partition({ n1, n2 }, { n3 })
    expect(shop:register { service = "shop" }, "refused")
    eventually(s(6), function() return n3:knows(shop) end, "n3 knows shop-1")
  end,
}
