-- why: DATUM shop-1   lost: cut n1 | n3
-- In 1.x what does not come is a push of the whole service, into a cut.
return scenario {
  topology = { nodes = 3, profile = "nacos-1.4", clients = "nacos-client-1" },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local name
    for i = 1, 99 do
      if n1:owns("DEFAULT_GROUP@@shop-" .. i) then name = "shop-" .. i break end
    end
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(1))
    w:cut(n1, n3)
    expect(shop:register { service = name }, "refused")
    eventually(s(8), function() return n3:knows(shop) end, "n3 knows shop-1")
  end,
}
