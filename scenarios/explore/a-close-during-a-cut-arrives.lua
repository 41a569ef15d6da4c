-- A client that closes during a cut is listed nowhere in the end.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_zombies { grace = s(15) } },
  story    = function(w)
    local a, b, c = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    wait(s(3))
    w:cut(a, c)
    one:close()
    wait(s(2))
    w:heal()
    wait(s(36))
  end,
}
