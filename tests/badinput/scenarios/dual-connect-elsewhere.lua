-- A server of a third cluster.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 }, south = { nodes = 1 } }, wan = { rtt = ms(30) } },
  story = function(w)
    w:client { name = "shop", dual = { "east", "west" } }:connect("south/n1")
  end,
}
