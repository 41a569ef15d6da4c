-- why: crashes: what it had not sent yet is lost
-- The owner dies within the second in which its DELETE waits: n2 keeps a zombie for the lease.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(7))
    shop:close()
    wait(ms(300))
    w:crash(n1)
    eventually(s(60), function() return not n2:knows(shop) end, "n2 drops shop-1")
  end,
}
