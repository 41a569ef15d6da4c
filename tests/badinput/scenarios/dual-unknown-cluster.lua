-- A misspelt cluster.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) } },
  story = function(w)
    w:fleet { dual = { "east", "wset" } }
  end,
}
