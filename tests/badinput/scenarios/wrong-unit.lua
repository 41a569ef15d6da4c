-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    wait(percent(5))
  end,
}
