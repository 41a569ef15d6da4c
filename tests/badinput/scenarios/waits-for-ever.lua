-- Longer than a run may be.
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    wait(hours(1e9))
  end,
}
