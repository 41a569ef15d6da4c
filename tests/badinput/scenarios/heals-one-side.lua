-- Healing needs two sides, or none.
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    w:heal "n1"
  end,
}
