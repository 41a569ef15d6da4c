-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    if true then wait(s(1))
  end,
}
