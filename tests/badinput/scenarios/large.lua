-- More than a byte of memory is needed for two thousand clients.
return scenario {
  topology = { nodes = 2 },
  story = function(w)
    w:fleet { name = "fleet", clients = 2000, services = 10, over = s(5) }
    wait(s(60))
  end,
}
