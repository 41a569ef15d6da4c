-- A bridge that cannot be.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) },
               bridges = { { from = "east", to = "west", services = "shop" } } },
  story    = function(w)  end,
}
