-- why: boots, and has not loaded since
-- why: lost: dropped by an interception
-- The snapshot that n2 asks for is lost: it lists nothing until the load is tried again.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(3))
    w:intercept { from = n2, op = "SNAPSHOT", nth = "all", action = "drop" }
    w:intercept { from = n1, to = n2, op = "VERIFY", nth = "all", action = "drop" }
    w:restart(n2)
    eventually(s(8), function() return n2:knows(shop) end, "n2 knows shop-1")
  end,
}
