-- The agent knows SDKs up to 2.1.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) } },
  story = function(w)
    w:client { dual = { "east", "west" }, sdk = "2.4" }
  end,
}
