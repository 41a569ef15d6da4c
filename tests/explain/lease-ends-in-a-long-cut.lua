-- why: the lease of shop-1 ends
-- why: cut n1 | n2
-- A cut longer than the lease: no VERIFY renews it, and n2 drops a living client.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(7))
    w:cut(n1, n2)
    never(function() return not n2:knows(shop) end, "n2 dropped a living client")
    wait(s(200))
  end,
}
