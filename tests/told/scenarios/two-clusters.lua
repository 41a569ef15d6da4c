-- What a client publishes in one cluster is nothing that the other lacks.
return scenario {
  topology = { clusters = { east = { nodes = 2 }, west = { nodes = 2 } }, wan = { rtt = ms(30) } },
  story    = function(w)
    local k = w:client { name = "k", server = "east" }
    expect(k:register { service = "shop" }, "refused")
    eventually(s(5), function() return w:cluster "east":all_know(k) end, "the east knows k")
    wait(s(5))
  end,
}
