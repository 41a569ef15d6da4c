-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local k = w:client { name = "k", server = "n1" }
    k:close()
    k:register { service = "shop" }
  end,
}
