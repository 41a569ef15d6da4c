-- A client that takes its instance back and registers again at once is known everywhere.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_lost_instances {} },
  story    = function(w)
    local a = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    wait(s(3))
    one:deregister { service = "shop" }
    one:register { service = "shop" }
    wait(s(30))
    expect(w:all_know(one), "one is not known everywhere")
  end,
}
