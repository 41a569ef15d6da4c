-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local shop
    shop:register { service = "shop" }
  end,
}
