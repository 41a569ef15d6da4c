-- A range whose ends are exchanged.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) } },
  story = function(w)
    w:config_copy { from = "east", to = "west", lag = { s(5), s(1) } }
  end,
}
