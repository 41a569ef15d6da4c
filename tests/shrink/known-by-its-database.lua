-- What is published in one cluster is unknown in the other, says who has not heard of the copy of its database.
return scenario {
  params   = { crowd = 4 },
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 2 } }, wan = { rtt = ms(30) } },
  story    = function(w, p)
    local west = w:node "west/n2"
    w:config_copy { from = "west", to = "east" }
    w:config_copy { from = "east", to = "west", lag = { s(0.2), s(3) } }
    for i = 1, p.crowd do
      w:client { name = "crowd-" .. i, server = one_of { "east", "west" } }:register { service = "shop" }
      w:publish_config { id = "other", value = "v" .. i, server = "east" }
      wait(between(ms(100), s(1)))
    end
    w:publish_config { id = "app", value = "1", server = "east/n2" }
    w:restart "east/n3"
    wait(s(10))
    w:restart "west/n2"
    wait(s(20))
    expect(west:config "app" == nil, "west knows it")
  end,
}
