-- Wrong on purpose.
return scenario {
  topology = { node = 3 },
  story = function(w)
    wait(s(1))
  end,
}
