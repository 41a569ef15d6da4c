-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  budget = { ["convergence.p98"] = s(12) },
  story = function(w)
    wait(s(1))
  end,
}
