-- why: its answer dropped by an interception
-- n2 has the update, but its answer is lost: the retry takes the place of the DELETE that follows.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(3))
    w:intercept { from = n1, to = n2, op = "DELETE", nth = "all", action = "drop" }
    w:intercept { from = n1, to = n2, op = "CHANGE", nth = "all", action = "drop_reply" }
    shop:update { service = "shop", metadata = { v = "2" } }
    wait(s(3.3))
    shop:close()
    eventually(s(20), function() return not n2:knows(shop) end, "n2 drops shop-1")
  end,
}
