-- The agent's proxy lacks the method.
return scenario {
  topology = { clusters = { east = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) } },
  story = function(w)
    local k = w:client { dual = { "east", "west" } }
    k:register_batch { service = "shop", instances = { {} } }
  end,
}
