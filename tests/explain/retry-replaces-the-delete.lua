-- why: a retry of CHANGE replaces the pending DELETE shop-1 to n2
-- A CHANGE fails while the DELETE waits: its retry takes the DELETE's place, and n2 keeps a zombie.
return scenario {
  topology = { nodes = 2, profile = "nacos-2.3" },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(3))
    w:intercept { from = n1, to = n2, op = "CHANGE", nth = 1, action = "drop_reply" }
    shop:update { service = "shop", metadata = { v = "2" } }
    wait(s(3.3))
    shop:close()
    eventually(s(20), function() return not n2:knows(shop) end, "n2 drops shop-1")
  end,
}
