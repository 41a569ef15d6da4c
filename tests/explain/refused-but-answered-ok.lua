-- why: answered OK, but not applied: an interception
-- n2 says OK and does nothing: the sender believes it.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(2))
    w:intercept { from = n1, to = n2, op = "CHANGE", nth = "all", action = "refuse_apply", reply = "ok" }
    w:intercept { from = n1, to = n2, op = "VERIFY", nth = "all", action = "refuse_apply", reply = "ok" }
    expect(shop:register { service = "shop" }, "refused")
    eventually(s(10), function() return n2:knows(shop) end, "n2 knows shop-1")
  end,
}
