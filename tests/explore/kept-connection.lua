-- A client keeps the connection that it began with: true unless one breaks.
return scenario {
  topology = { nodes = 2, lan = { rtt = ms(1) } },
  story = function(w)
    local a, b = w:nodes()
    local k = w:client { name = "k", server = one_of { a, b } }
    k:register { service = "shop" }
    wait(s(26))
    expect(k:counters().redos == 0, "k had to register again")
  end,
}
