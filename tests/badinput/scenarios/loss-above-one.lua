-- Wrong on purpose.
return scenario {
  topology = { nodes = 3, lan = { loss = ratio(3, 2) } },
  story = function(w)
    wait(s(1))
  end,
}
