-- A link from a to nowhere.
return scenario {
  topology = { sites = { a = 1, b = 1 }, links = { ["a>"] = { rtt = ms(5) } } },
  story    = function(w) wait(s(1)) end,
}
