-- An instance that its client takes back is listed nowhere fifteen seconds later.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_zombies { grace = s(15) } },
  story    = function(w)
    local a = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    wait(s(3))
    fault_point "before it is taken back"
    one:deregister { service = "shop" }
    wait(s(34))
  end,
}
