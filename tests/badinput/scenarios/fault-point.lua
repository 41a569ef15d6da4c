-- A fault point has a name.
return scenario {
  topology = { nodes = 3 },
  story = function()
    fault_point(3)
  end,
}
