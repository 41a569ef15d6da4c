-- A release that nobody has described.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    w:client { sdk = "2.5" }
  end,
}
