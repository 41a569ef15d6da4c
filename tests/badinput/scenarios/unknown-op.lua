-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    w:intercept { op = "CHNAGE", action = "drop" }
  end,
}
