-- why: takes shop-1 from the snapshot of
-- A snapshot under way when the client closes revives it on the node that loads.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local shop = w:client { name = "shop-1", server = n2 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(5))
    w:intercept { from = n3, op = "SNAPSHOT", nth = 1, action = "delay_reply", by = s(8) }
    w:restart(n3)
    wait(s(2))
    shop:close()
    wait(s(12))
    eventually(s(30), function() return not n3:knows(shop) end, "n3 drops shop-1")
  end,
}
