-- Wrong on purpose.
return scenario {
  params = { cut_for = s(3) },
  topology = { nodes = 3 },
  story = function(w, p)
    wait(p.cutfor)
  end,
}
