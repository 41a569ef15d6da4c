-- Two nodes without any client are cut and healed.
return scenario {
  params   = { share = percent(12.5), link = mbit(10), arrivals = per_second(3), ahead = s(-31) },
  topology = { nodes = 2 },
  story    = function(w, p)
    for name, value in pairs(p) do measure(name, value) end
    w:cut("n1", "n2")
    wait(s(1))
    w:heal()
  end,
}
