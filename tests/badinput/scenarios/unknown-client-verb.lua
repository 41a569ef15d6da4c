-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local k = w:client { name = "k" }
    k:registre { service = "shop" }
  end,
}
