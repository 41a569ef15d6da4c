-- Wrong on purpose.
return scenario {
  topology = { nodes = 2.5 },
  story = function(w)
    wait(s(1))
  end,
}
