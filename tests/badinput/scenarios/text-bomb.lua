-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local text = ("x"):rep(1 << 40)
  end,
}
