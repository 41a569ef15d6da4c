-- Wrong on purpose.
return scenario {
  topology = { nodes = 3, profile = "nacos-2.33" },
  story = function(w)
    wait(s(1))
  end,
}
