-- A client that closes in order is listed nowhere fifteen seconds later.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_zombies { grace = s(15) } },
  story    = function(w)
    local a = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    wait(s(3))
    fault_point "before the close"
    one:close()
    wait(s(34))
  end,
}
