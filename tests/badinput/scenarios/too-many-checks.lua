-- More checks than a world watches.
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    for i = 1, 300 do always(checks.no_zombies {}) end
  end,
}
