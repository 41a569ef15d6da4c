-- A list of nodes has no named fields.
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    w:crash { name = "n1" }
  end,
}
