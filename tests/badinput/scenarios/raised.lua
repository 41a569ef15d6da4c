-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    error("the story gives up")
  end,
}
