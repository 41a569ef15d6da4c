-- An option that the SDK does not have.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    w:client { sdk = "2.1", keep_alive = s(60) }
  end,
}
