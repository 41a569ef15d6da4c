-- One claim that is not true.
return scenario {
  topology = { nodes = 1 },
  story    = function(w) expect(false, "not so") end,
}
