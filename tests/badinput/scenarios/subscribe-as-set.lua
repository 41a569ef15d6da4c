-- Services are listed, not keys of a table.
return scenario {
  topology = { nodes = 1 },
  story    = function(w)
    w:client { name = "consumer", subscribe = { shop = true } }
  end,
}
