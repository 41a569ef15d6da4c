-- A packet that carries less than any host takes.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1), mtu = bytes(10) } },
  story    = function(w) wait(s(1)) end,
}
