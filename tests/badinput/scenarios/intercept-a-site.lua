-- Wrong on purpose.
return scenario {
  topology = { sites = { east = 1, west = 2 }, wan = { rtt = ms(30) } },
  story = function(w)
    local a = w:nodes()
    w:intercept { from = a, to = "west", op = "CHANGE", action = "drop" }
  end,
}
