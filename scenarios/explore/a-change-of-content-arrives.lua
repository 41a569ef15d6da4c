-- A change of weight is known everywhere in the end.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story    = function(w)
    local a = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    wait(s(3))
    one:update { service = "shop", weight = 5 }
    wait(s(34))
    expect(w:converged(), "the nodes do not list the same")
  end,
}
