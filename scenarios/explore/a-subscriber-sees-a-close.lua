-- A subscriber at another node is told of a client that closes.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story    = function(w)
    local a, b = w:nodes()
    local one = w:client { name = "one", server = a }
    local two = w:client { name = "two", server = b }
    two:subscribe "shop"
    one:register { service = "shop" }
    wait(s(3))
    one:close()
    wait(s(34))
    expect(#two:sees "shop" == 0, "two still sees one")
  end,
}
