-- A release that is not known.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    w:client { sdk = "2.7" }
  end,
}
