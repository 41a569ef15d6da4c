-- Wrong on purpose.
return scenario {
  topology = { nodes = 0 },
  story = function(w)
    wait(s(1))
  end,
}
