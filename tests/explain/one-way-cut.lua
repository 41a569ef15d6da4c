-- why: lost: cut n1 > n2
-- What n1 sends never reaches n2, while n2's own messages pass.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(2))
    w:cut(n1, n2, { oneway = true })
    expect(shop:register { service = "shop" }, "refused")
    eventually(s(5), function() return n2:knows(shop) end, "n2 knows shop-1")
  end,
}
