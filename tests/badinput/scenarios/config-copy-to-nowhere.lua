-- A misspelt cluster.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) } },
  story = function(w)
    w:config_copy { from = "east", to = "wset" }
  end,
}
