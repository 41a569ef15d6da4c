-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    pcall(function() expect(1 > 2, "one is more than two") end)
    wait(s(1))
  end,
}
