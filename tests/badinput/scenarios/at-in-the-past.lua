-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    wait(s(2))
    at(s(1), function() end)
  end,
}
