-- A node that is restarted while nothing else happens knows all clients again.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_lost_instances {} },
  story    = function(w)
    local a, b, c = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    wait(s(3))
    w:restart(c)
    wait(s(34))
    expect(w:all_know(one), "one is not known everywhere")
  end,
}
