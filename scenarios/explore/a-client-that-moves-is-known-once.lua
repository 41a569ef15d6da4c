-- A client that moves to another server stays known, and leaves no ghost.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_lost_instances {}, checks.no_zombies { grace = s(15) } },
  story    = function(w)
    local a, b = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    wait(s(3))
    fault_point "before it moves"
    one:connect(b)
    wait(s(34))
    expect(w:converged(), "the nodes do not list the same")
  end,
}
