-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  must_see = { "link.cutt" },
  story = function(w)
    wait(s(1))
  end,
}
