-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    while true do pcall(string.rep, "x", 1 << 40) end
  end,
}
