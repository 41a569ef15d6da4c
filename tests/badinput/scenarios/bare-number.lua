-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    wait(20)
  end,
}
