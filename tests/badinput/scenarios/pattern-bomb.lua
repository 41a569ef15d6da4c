-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    string.find(("a"):rep(3000), (".-"):rep(40) .. "b")
  end,
}
