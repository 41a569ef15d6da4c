-- A bridge that cannot be.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) },
               bridges = { { from = "east", to = "west" } } },
  story    = function(w) w:bridge_state "east>west/2" end,
}
