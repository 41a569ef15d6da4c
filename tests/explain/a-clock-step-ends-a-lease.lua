-- why: its clock is set
-- A clock that jumps ahead makes a fresh lease look old.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(15))
    w:clock(n2, { step = minutes(4) })
    never(function() return not n2:knows(shop) end, "n2 dropped a living client")
    wait(s(6))
  end,
}
