-- Wrong on purpose.
return scenario {
  topology = { nodes = 3, lan = { rrt = ms(1) } },
  story = function(w)
    wait(s(1))
  end,
}
