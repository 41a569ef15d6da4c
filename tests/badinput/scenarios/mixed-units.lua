-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    wait(s(5) + percent(5))
  end,
}
