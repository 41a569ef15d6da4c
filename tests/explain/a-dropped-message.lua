-- why: lost: dropped by an interception
-- One CHANGE is dropped and its retry comes too late for the claim.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(2))
    w:intercept { from = n1, to = n2, op = "CHANGE", nth = "all", action = "drop" }
    w:intercept { from = n1, to = n2, op = "VERIFY", nth = "all", action = "drop" }
    expect(shop:register { service = "shop" }, "refused")
    eventually(s(5), function() return n2:knows(shop) end, "n2 knows shop-1")
  end,
}
