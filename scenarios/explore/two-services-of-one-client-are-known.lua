-- Both services of one client are known everywhere.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_empty_service {} },
  story    = function(w)
    local a = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    one:register { service = "cart" }
    wait(s(30))
    expect(w:all_know(one), "one is not known everywhere")
  end,
}
