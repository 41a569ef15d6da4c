-- Of two services that a client publishes, the one that it takes back is gone, the other stays.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  always   = { checks.no_lost_instances {}, checks.no_zombies { grace = s(15) } },
  story    = function(w)
    local a = w:nodes()
    local one = w:client { name = "one", server = a }
    one:register { service = "shop" }
    one:register { service = "cart" }
    wait(s(2))
    one:deregister { service = "cart" }
    wait(s(34))
  end,
}
