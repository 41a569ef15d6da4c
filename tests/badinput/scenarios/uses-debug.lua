-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    debug.sethook()
  end,
}
