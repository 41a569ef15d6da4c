-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    w:crash "n9"
  end,
}
