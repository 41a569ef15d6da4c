-- A client registers and is known everywhere. Good, for wrong command lines around it.
return scenario {
  params = { nodes = 3, pause_for = s(1), label = "shop", fast = true },
  topology = function(p) return { nodes = p.nodes } end,
  story = function(w, p)
    local shop = w:client { name = "shop-1", server = w:node "n1" }
    expect(shop:register { service = p.label }, "its own node refused it")
    wait(p.pause_for)
    eventually(s(18), function() return w:all_know(shop) end, "shop-1 known everywhere")
  end,
}
