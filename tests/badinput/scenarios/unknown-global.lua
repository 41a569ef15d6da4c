-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    waait(s(1))
  end,
}
