-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  must_sea = { "link.cut" },
  story = function(w)
    wait(s(1))
  end,
}
