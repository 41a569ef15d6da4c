-- Wrong on purpose.
return scenario {
  topology = { nodes = "three" },
  story = function(w)
    wait(s(1))
  end,
}
