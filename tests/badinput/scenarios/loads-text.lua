-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    load("return 1")()
  end,
}
