-- A client that registers is known everywhere twelve seconds later.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_lost_instances {} },
  story    = function(w)
    local a = w:nodes()
    local one = w:client { name = "one", server = a }
    fault_point "before the registration"
    one:register { service = "shop" }
    wait(s(30))
    expect(w:all_know(one), "one is not known everywhere")
  end,
}
